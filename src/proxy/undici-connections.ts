// The robust lane's connections: undici's pool on sockets that we dialled.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { Connections } from './asking.ts'
import { type Dialled, dial } from './dial.ts'
import { UndiciAsking } from './undici-asking.ts'

const MOST_HEADER_BYTES = 65_536
/** Below the five seconds after which many servers close; their own Keep-Alive hint counts, up to the maximum. */
const IDLE_CONNECTION_MS = 4_000
const MOST_IDLE_CONNECTION_MS = 60_000

const require = createRequire(import.meta.url)

/** Not by an import statement: undici is 15 MB and a tenth of a start, and most gateways have no route that wants it. */
const loadUndici = (): typeof import('undici') => require('undici')

export function undiciConnections({ upstream, timeouts }: Dialled, most: number): Connections {
  // An error that ended a connection which had carried answers before: it may only have been stale.
  const ofUsed = new WeakSet<Error>()
  const pool = new (loadUndici().Pool)(`${upstream.scheme}://${upstream.authority}`, {
    connect: (_, done) => {
      dial(upstream, timeouts.connectMs).then(
        socket => done(null, watched(socket, ofUsed)),
        error => done(error, null),
      )
    },
    connections: most,
    pipelining: 1,
    allowH2: false,
    strictContentLength: true,
    maxHeaderSize: MOST_HEADER_BYTES,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: MOST_IDLE_CONNECTION_MS,
  })
  return {
    ask: (question, asker) => new UndiciAsking(question, asker, error => ofUsed.has(error)).begin(pool),
    close: () => pool.close(),
  }
}

function watched(socket: Socket, ofUsed: WeakSet<Error>): Socket {
  return socket.on('error', error => {
    if (socket.bytesRead > 0) ofUsed.add(error)
  })
}
