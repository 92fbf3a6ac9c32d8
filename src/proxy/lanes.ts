// The lanes by name: what differs between them is how they ask, so one crossing serves them all.
import type { Route } from '../core/route.ts'
import { cross } from './crossing.ts'
import type { Lane } from './lane.ts'

const laneBy =
  (name: Route['lane']): Lane =>
  async exchange => {
    const pool = exchange.upstreams.poolFor(exchange.route)
    pool.enter()
    try {
      return await cross(exchange, pool.connections(name))
    } finally {
      pool.leave()
    }
  }

export const lanes: Readonly<Record<Route['lane'], Lane>> = { http1: laneBy('http1'), undici: laneBy('undici') }
