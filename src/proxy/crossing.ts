// One request on its way across: streams both ways at the pace of the slower side, and knows at every moment what to do when one side leaves.
import { SallyportError } from '../core/errors.ts'
import type { Asker, Asking, Connections, Failure } from './asking.ts'
import { earlyLinks, MOST_INFORMATIONAL } from './early-hints.ts'
import type { Exchange, Passage } from './lane.ts'
import type { Carrier } from './open-stream.ts'
import { upstreamResponse, upstreamTrailers } from './upstream-response.ts'

/** Keeps the promise of every lane (see lane.ts) by the connections of one. */
export const cross = (exchange: Exchange, connections: Connections): Promise<Passage> =>
  new Promise((resolve, reject) => new Crossing(exchange, connections, { resolve, reject }).begin())

type Ending = { resolve(passage: Passage): void; reject(error: SallyportError): void }

/** The asking tells it what the upstream does, the response what the client does. */
class Crossing implements Asker, Carrier {
  readonly #exchange: Exchange
  readonly #connections: Connections
  readonly #ending: Ending
  #asking: Asking | undefined
  #informational = 0
  /** The client has our head of the answer. */
  #answered = false
  #flushed = false
  /** The upstream waits until the client has read what is there; parts that were read with the last one still come. */
  #isHeld = false
  #retried = false
  /** How the exchange ended, once it has. */
  #passage: Passage | undefined

  constructor(exchange: Exchange, connections: Connections, ending: Ending) {
    this.#exchange = exchange
    this.#connections = connections
    this.#ending = ending
  }

  begin(): void {
    const { res, route, stream } = this.#exchange
    stream?.carriedBy(this)
    res.on('close', this.#onClose)
    res.setTimeout(route.timeouts.idleMs, this.#onIdle)
    this.#asking = this.#connections.ask(this.#exchange, this, false)
  }

  // The upstream's side.

  onInformational(status: number, rawHeaders: readonly string[]): void {
    const { req, res } = this.#exchange
    const links = status === 103 && req.httpVersion === '1.1' ? earlyLinks(rawHeaders) : []
    if (++this.#informational > MOST_INFORMATIONAL) this.#refuse(flooded())
    else if (links.length > 0) res.writeEarlyHints({ link: links })
  }

  onHead(status: number, rawHeaders: readonly string[]): void {
    const reading = upstreamResponse({ status, rawHeaders }, this.#exchange)
    if (reading.ok) this.#answer(status, reading.headers)
    else this.#refuse(new SallyportError('upstream-invalid', `the upstream sent ${reading.found}`))
  }

  #answer(status: number, headers: string[]): void {
    // An upload that the answer did not wait for leaves the connection in the middle of a message.
    if (this.#isUploading) headers.push('Connection', 'close')
    this.#answered = true
    this.#exchange.res.writeHead(status, headers)
    process.nextTick(Crossing.#flush, this)
  }

  /** Sends a head that no body byte has taken along, so that a stream shows before its first event; flushHeaders() would send it as UTF-8. */
  static #flush(crossing: Crossing): void {
    if (!crossing.#flushed) crossing.#exchange.res.write('', 'latin1')
  }

  onBody(part: Buffer): void {
    this.#flushed = true
    if (this.#exchange.res.write(part) || this.#isHeld) return
    this.#isHeld = true
    this.#asking?.pause()
    this.#exchange.res.once('drain', this.#onDrain)
  }

  onEnd(rawTrailers: readonly string[]): void {
    const { res } = this.#exchange
    const trailers = upstreamTrailers(rawTrailers)
    if (trailers.length > 0 && res.chunkedEncoding) res.addTrailers(trailers)
    this.#flushed = true
    res.end()
  }

  onFailure({ error, stale }: Failure): void {
    if (stale && this.#mayRetry) this.#retry()
    else if (this.#answered) this.#stop({ kind: 'broken', error })
    else this.#fail(error)
  }

  #refuse(error: SallyportError): void {
    this.#asking?.drop()
    this.#fail(error)
  }

  /**
   * A kept-alive connection may have been closed by the upstream while our request was on its way. Asking once more is safe where the
   * method is, nothing was sent along and no byte came back (RFC 9110 9.2.2).
   */
  get #mayRetry(): boolean {
    return !this.#retried && !this.#hasBody && safeMethods.has(this.#exchange.request.method)
  }

  #retry(): void {
    this.#retried = true
    setImmediate(() => {
      if (!this.#passage) this.#asking = this.#connections.ask(this.#exchange, this, true)
    })
  }

  // The client's side.

  readonly #onDrain = (): void => {
    this.#isHeld = false
    this.#asking?.resume()
  }

  readonly #onClose = (): void => {
    if (!this.#exchange.res.writableFinished) this.#stop({ kind: 'client-left' })
    this.#passage ??= { kind: 'relayed' }
    this.#settle()
  }

  /** Not while the upstream is thinking: the response timeout watches over that. */
  readonly #onIdle = (): void => {
    if (this.#answered || this.#isUploading) this.#stop({ kind: 'idle' })
  }

  get #hasBody(): boolean {
    const { body } = this.#exchange.request
    return body !== 'none' && body !== 0
  }

  get #isUploading(): boolean {
    return this.#hasBody && !this.#exchange.req.readableEnded
  }

  // The end.

  interrupt(): void {
    if (this.#answered) this.#stop({ kind: 'interrupted' })
    else this.#withdraw({ kind: 'interrupted' })
  }

  /** Ends the upstream's side only: whoever still waits for an answer can be given another one. */
  #withdraw(passage: Passage): void {
    this.#passage ??= passage
    this.#letGo()
    this.#settle()
  }

  /** Ends both sides. A client that is still there sees its connection break, so half an answer never looks like a whole one. */
  #stop(passage: Passage): void {
    this.#passage ??= passage
    this.#asking?.drop()
    this.#exchange.res.destroy()
  }

  /** Nothing has been answered: the caller will. */
  #fail(error: SallyportError): void {
    this.#letGo()
    this.#ending.reject(error)
  }

  #letGo(): void {
    this.#exchange.res.off('close', this.#onClose).off('timeout', this.#onIdle)
    this.#asking?.drop()
  }

  #settle(): void {
    if (this.#passage) this.#ending.resolve(this.#passage)
  }
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

const flooded = (): SallyportError =>
  new SallyportError('upstream-invalid', `the upstream sent more than ${MOST_INFORMATIONAL} informational answers`)
