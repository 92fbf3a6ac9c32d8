import t from 'tap'
import { lanes } from '../../src/proxy/lanes.ts'
import { laneContract } from '../contracts/lane.ts'

laneContract(t, lanes.http1)
