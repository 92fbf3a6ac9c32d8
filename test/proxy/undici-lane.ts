import t from 'tap'
import { undiciLane } from '../../src/proxy/undici-lane.ts'
import { laneContract } from '../contracts/lane.ts'

laneContract(t, undiciLane)
