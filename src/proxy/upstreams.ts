// The connections to upstreams. They outlive generations: routes with equal settings share them, before and after a reload.
import { createHash } from 'node:crypto'
import { SallyportError } from '../core/errors.ts'
import type { Route, Upstream } from '../core/route.ts'
import type { Connections } from './asking.ts'
import type { Dialled } from './dial.ts'
import { Http1Connections } from './http1-connections.ts'
import { undiciConnections } from './undici-connections.ts'

export type Upstreams = {
  poolFor(route: Dialled): Pool
  /** Closes the pools that none of these routes uses, each once its requests have finished. */
  retain(routes: Iterable<Dialled>): void
  /** Closes all; settles when the last request has finished. */
  close(): Promise<void>
}

export type Pool = {
  /** Takes one of the bounded places at this upstream, or throws `upstream-busy`; give it back with `leave`. */
  enter(): void
  leave(): void
  /** For whoever has a place; each lane has connections of its own. */
  connections(lane: Route['lane']): Connections
  /** Settles when the last request has finished. */
  close(): Promise<void>
}

const MOST_CONNECTIONS = 1000

export function makeUpstreams({ connections = MOST_CONNECTIONS } = {}): Upstreams {
  const pools = new Map<string, Pool>()
  // The key is a hash over certificates; a route asks for its own only once.
  const keys = new WeakMap<Dialled, string>()
  const keyFor = (route: Dialled): string => {
    const key = keys.get(route) ?? keyOf(route)
    keys.set(route, key)
    return key
  }
  const close = (key: string): Promise<void> | undefined => {
    const pool = pools.get(key)
    pools.delete(key)
    return pool?.close()
  }
  return {
    poolFor(route) {
      const key = keyFor(route)
      const pool = pools.get(key) ?? makePool(route, connections)
      pools.set(key, pool)
      return pool
    },
    retain(routes) {
      const used = new Set(Array.from(routes, keyFor))
      for (const key of pools.keys()) if (!used.has(key)) void close(key)
    },
    async close() {
      await Promise.all(Array.from(pools.keys(), close))
    },
  }
}

const connectionsOf = {
  http1: dialled => new Http1Connections(dialled),
  undici: undiciConnections,
} satisfies Record<Route['lane'], (dialled: Dialled, most: number) => Connections>

function makePool(dialled: Dialled, places: number): Pool {
  const lanes = new Map<Route['lane'], Connections>()
  const empty = Promise.withResolvers<void>()
  let taken = 0
  let closing = false
  return {
    enter() {
      // Nobody waits behind exchanges that may stream for hours.
      if (taken >= places)
        throw new SallyportError('upstream-busy', `all ${places} connections to the upstream are taken`, {
          retryAfterSeconds: 1,
        })
      taken++
    },
    leave() {
      taken--
      if (closing && taken === 0) empty.resolve()
    },
    connections(lane) {
      const connections = lanes.get(lane) ?? connectionsOf[lane](dialled, places)
      lanes.set(lane, connections)
      return connections
    },
    async close() {
      closing = true
      if (taken === 0) empty.resolve()
      await Promise.all([empty.promise, ...Array.from(lanes.values(), connections => connections.close())])
    },
  }
}

/** Equal settings, equal key. A JSON array is unambiguous, and hashed, because a private key may be in it. */
function keyOf({ upstream, timeouts }: Dialled): string {
  const parts = [...addressParts(upstream), ...tlsParts(upstream), timeouts.connectMs]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

const addressParts = ({ scheme, authority, address }: Upstream) =>
  'socketPath' in address
    ? [scheme, authority, 'unix', address.socketPath, null]
    : [scheme, authority, 'tcp', address.host, address.port]

const tlsParts = ({ tls }: Upstream) => [
  tls.ca ?? null,
  tls.cert ?? null,
  tls.key ?? null,
  tls.serverName ?? null,
  tls.dangerouslySkipVerification ?? false,
]
