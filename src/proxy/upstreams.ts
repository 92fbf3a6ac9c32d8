// The pools of upstream connections. They outlive generations: routes with equal settings share one, before and after a reload.
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { type Dispatcher, Pool as UndiciPool } from 'undici'
import { SallyportError } from '../core/errors.ts'
import type { Route, Upstream } from '../core/route.ts'
import { dial } from './dial.ts'

/** The part of a route that a pool is made from. */
export type Dialled = Pick<Route, 'upstream' | 'timeouts'>

export type Upstreams = {
  poolFor(route: Dialled): Pool
  /** Closes the pools that none of these routes uses, each once its requests have finished. */
  retain(routes: Iterable<Dialled>): void
  /** Closes all; settles when the last request has finished. */
  close(): Promise<void>
}

export type Pool = {
  readonly dispatcher: Dispatcher
  /** Takes one of the bounded places at this upstream, or throws `upstream-busy`; give it back with `leave`. */
  enter(): void
  leave(): void
  /** Did this error end a connection that had carried answers before? Then it may only have been stale. */
  endedUsedConnection(error: Error): boolean
}

const MOST_CONNECTIONS = 1000
const MOST_HEADER_BYTES = 65_536
/** Below the five seconds after which many servers close; their own Keep-Alive hint counts, up to the maximum. */
const IDLE_CONNECTION_MS = 4_000
const MOST_IDLE_CONNECTION_MS = 60_000

export function makeUpstreams({ connections = MOST_CONNECTIONS } = {}): Upstreams {
  const pools = new Map<string, UndiciPoolEntry>()
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
    return pool?.dispatcher.close()
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

type UndiciPoolEntry = Pool & { readonly dispatcher: UndiciPool }

function makePool({ upstream, timeouts }: Dialled, connections: number): UndiciPoolEntry {
  const broken = new WeakSet<Error>()
  let active = 0
  const dispatcher = new UndiciPool(`${upstream.scheme}://${upstream.authority}`, {
    connect: (_, done) => {
      dial(upstream, timeouts.connectMs).then(
        socket => done(null, watched(socket, broken)),
        error => done(error, null),
      )
    },
    connections,
    pipelining: 1,
    allowH2: false,
    strictContentLength: true,
    maxHeaderSize: MOST_HEADER_BYTES,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: MOST_IDLE_CONNECTION_MS,
  })
  return {
    dispatcher,
    enter() {
      // Nobody waits behind exchanges that may stream for hours.
      if (active >= connections)
        throw new SallyportError('upstream-busy', `all ${connections} connections to the upstream are taken`, {
          retryAfterSeconds: 1,
        })
      active++
    },
    leave() {
      active--
    },
    endedUsedConnection: error => broken.has(error),
  }
}

function watched(socket: Socket, broken: WeakSet<Error>): Socket {
  return socket.on('error', error => {
    if (socket.bytesRead > 0) broken.add(error)
  })
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
