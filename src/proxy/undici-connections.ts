// The connections of the lane that asks by undici: its pool, on sockets that we dialled.
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { Connections } from './asking.ts'
import { type Dialled, dial } from './dial.ts'
import { type Broken, UndiciAsking } from './undici-asking.ts'

const MOST_HEADER_BYTES = 65_536
/** Below the five seconds after which many servers close; their own Keep-Alive hint counts, up to the maximum. */
const IDLE_CONNECTION_MS = 4_000
const MOST_IDLE_CONNECTION_MS = 60_000

const require = createRequire(import.meta.url)

/** Not by an import statement: undici is 15 MB and a tenth of a start, and most gateways have no route that wants it. */
const loadUndici = (): typeof import('undici') => require('undici')

export function undiciConnections({ upstream, timeouts }: Dialled, most: number): Connections {
  const breaks = new Breaks()
  const pool = new (loadUndici().Pool)(`${upstream.scheme}://${upstream.authority}`, {
    connect: (_, done) => {
      dial(upstream, timeouts.connectMs).then(
        socket => done(null, breaks.watch(socket)),
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
    ask: (question, asker) => new UndiciAsking(question, asker, breaks).begin(pool),
    close: () => pool.close(),
  }
}

/** What undici does not say of a connection that broke. */
class Breaks implements Broken {
  readonly #ofUsed = new WeakSet<Error>()
  #isUnderWay = false

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  endedUsedConnection(error: Error): boolean {
    return this.#ofUsed.has(error)
  }

  /** Our listener is the first, so what undici tells while the error is emitted can be seen as its consequence. */
  watch(socket: Socket): Socket {
    return socket.on('error', error => {
      if (socket.bytesRead > 0) this.#ofUsed.add(error)
      this.#isUnderWay = true
      process.nextTick(() => {
        this.#isUnderWay = false
      })
    })
  }
}
