// The robust lane: our forwarder on undici's dispatch.
import { Crossing } from './crossing.ts'
import type { Lane, Passage } from './lane.ts'

export const undiciLane: Lane = async exchange => {
  const pool = exchange.upstreams.poolFor(exchange.route)
  pool.enter()
  try {
    return await new Promise<Passage>((resolve, reject) => new Crossing(exchange, pool, { resolve, reject }).begin())
  } finally {
    pool.leave()
  }
}
