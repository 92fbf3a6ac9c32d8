// Every lane that a route may be given, so that what must hold is tried on each of them.
import { shapesAt } from '../../src/config/json-schema.ts'
import type { Settings } from './gate.ts'

const offered = shapesAt(['routes', 0, 'lane']).flatMap(shape => shape.enum ?? [])

/** A lane's name, and what a route says to be given it. */
export const lanes: ReadonlyArray<readonly [name: string, everyRoute: Settings]> =
  offered.length > 0 ? offered.map(lane => [String(lane), { lane }]) : [['undici', {}]]

/** `SALLYPORT_TEST_LANE=undici node scripts/test.ts test/attacks` runs a suite on that lane, where a route does not name one. */
export const laneUnderTest = (): Settings =>
  process.env.SALLYPORT_TEST_LANE === undefined ? {} : { lane: process.env.SALLYPORT_TEST_LANE }
