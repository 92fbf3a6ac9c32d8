// The connections of our own client to one upstream: one that has rested where there is one, a fresh one otherwise.
import type { Socket } from 'node:net'
import type { Milliseconds } from '../core/duration.ts'
import type { Asker, Connections, Question } from './asking.ts'
import { type Dialled, dial } from './dial.ts'
import { Http1Connection, type Keeper } from './http1-connection.ts'
import { Errand } from './http1-errand.ts'
import { upstreamError } from './upstream-errors.ts'

const SWEEP_MS = 1_000

type Resting = { readonly connection: Http1Connection; readonly until: Milliseconds }

export class Http1Connections implements Connections, Keeper {
  readonly #dialled: Dialled
  /** The newest last. It is the first to be used again, so that those that are too many grow old. */
  readonly #resting: Resting[] = []
  readonly #sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref()
  #closed = false

  constructor(dialled: Dialled) {
    this.#dialled = dialled
  }

  ask(question: Question, asker: Asker, again: boolean): Errand {
    const errand = new Errand(question, asker)
    if (again) this.#dial(errand)
    else this.#send(errand)
    return errand
  }

  rests(connection: Http1Connection, restMs: Milliseconds): void {
    this.#keep({ connection, until: performance.now() + restMs })
  }

  gone(connection: Http1Connection): void {
    const at = this.#resting.findIndex(resting => resting.connection === connection)
    if (at >= 0) this.#resting.splice(at, 1)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweeper)
    for (const { connection } of this.#resting.splice(0)) connection.close()
  }

  /**
   * A connection that has rested is looked at once more before it is used: what the upstream has said on it meanwhile, or its end, may
   * lie unread in the kernel, and would be taken for the answer. A whole turn of the event loop brings it out: the first of the two ends
   * the turn that we are in, which has asked the kernel already.
   */
  #send(errand: Errand): void {
    const resting = this.#resting.pop()
    if (!resting) this.#dial(errand)
    else setImmediate(setImmediate, this.#sendBy, resting, errand)
  }

  readonly #sendBy = (resting: Resting, errand: Errand): void => {
    const { connection, until } = resting
    if (!connection.isOpen || performance.now() >= until) {
      connection.close()
      if (!errand.over) this.#send(errand)
    } else if (errand.over) this.#keep(resting)
    else connection.carry(errand)
  }

  #keep(resting: Resting): void {
    if (this.#closed) resting.connection.close()
    else this.#resting.push(resting)
  }

  #dial(errand: Errand): void {
    const { upstream, timeouts } = this.#dialled
    const leaving = new AbortController()
    errand.carriedBy({ pause() {}, resume() {}, drop: () => leaving.abort() })
    dial(upstream, timeouts.connectMs, leaving.signal).then(
      socket => this.#sendByFresh(socket, errand),
      error => errand.fail({ error: upstreamError(error), stale: false }),
    )
  }

  #sendByFresh(socket: Socket, errand: Errand): void {
    if (errand.over) socket.destroy()
    else new Http1Connection(socket, this).carry(errand)
  }

  #sweep(): void {
    const now = performance.now()
    for (const { connection, until } of this.#resting) if (now >= until) connection.close()
  }
}
