// One request under way on undici: streams both ways at the pace of the slower side, and knows at every moment what to do when one side leaves.
import type { Dispatcher } from 'undici'
import { SallyportError } from '../core/errors.ts'
import { earlyLinks, MOST_INFORMATIONAL } from './early-hints.ts'
import type { Exchange, Passage } from './lane.ts'
import type { Carrier } from './open-stream.ts'
import { dispatchOptions, texts } from './undici-request.ts'
import { Upload } from './upload.ts'
import { isBrokenConnection, upstreamError } from './upstream-errors.ts'
import { upstreamResponse, upstreamTrailers } from './upstream-response.ts'
import type { Pool } from './upstreams.ts'

export type Ending = { resolve(passage: Passage): void; reject(error: SallyportError): void }

type Controller = Dispatcher.DispatchController

/** undici tells it what the upstream does, the response what the client does. */
export class Crossing implements Dispatcher.DispatchHandler, Carrier {
  readonly #exchange: Exchange
  readonly #pool: Pool
  readonly #ending: Ending
  readonly #upload: Upload | undefined
  #controller: Controller | undefined
  #informational = 0
  /** A byte of an answer has come. */
  #heard = false
  /** The client has our head of the answer. */
  #answered = false
  #flushed = false
  #retried = false
  /** How the exchange ended, once it has. */
  #passage: Passage | undefined

  constructor(exchange: Exchange, pool: Pool, ending: Ending) {
    this.#exchange = exchange
    this.#pool = pool
    this.#ending = ending
    const { body } = exchange.request
    if (body !== 'none' && body !== 0) this.#upload = new Upload(exchange.req, exchange.bodyBytes, this.#refuseUpload)
  }

  begin(): void {
    const { res, route, stream } = this.#exchange
    stream?.carriedBy(this)
    res.on('close', this.#onClose).on('drain', this.#onDrain)
    res.setTimeout(route.timeouts.idleMs, this.#onIdle)
    this.#dispatch()
  }

  #dispatch(): void {
    this.#pool.dispatcher.dispatch(dispatchOptions(this.#exchange, this.#upload), this)
  }

  // The upstream's side.

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#passage) controller.abort(left())
  }

  /** undici calls it at the first byte of an answer. */
  onResponseStarted(): void {
    this.#heard = true
  }

  onResponseStart(controller: Controller, status: number): void {
    const rawHeaders = texts(controller.rawHeaders)
    if (status < 200) this.#inform(controller, status, rawHeaders)
    else this.#answer(controller, status, rawHeaders)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#flushed = true
    if (!this.#exchange.res.write(chunk)) controller.pause()
  }

  onResponseEnd(controller: Controller): void {
    const { res } = this.#exchange
    const trailers = upstreamTrailers(texts(controller.rawTrailers))
    if (trailers.length > 0 && res.chunkedEncoding) res.addTrailers(trailers)
    this.#end()
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    if (this.#passage) this.#settle()
    else if (this.#mayRetry(error)) this.#retry()
    else if (!this.#answered) this.#fail(upstreamError(error))
    else if (!this.#exchange.res.writableEnded) this.#stop({ kind: 'broken', error: upstreamError(error) })
  }

  #inform(controller: Controller, status: number, rawHeaders: readonly string[]): void {
    const { req, res } = this.#exchange
    const links = status === 103 && req.httpVersion === '1.1' ? earlyLinks(rawHeaders) : []
    if (++this.#informational > MOST_INFORMATIONAL) controller.abort(flooded())
    else if (links.length > 0) res.writeEarlyHints({ link: links })
  }

  #answer(controller: Controller, status: number, rawHeaders: readonly string[]): void {
    const reading = upstreamResponse({ status, rawHeaders }, this.#exchange)
    if (!reading.ok) {
      controller.abort(new SallyportError('upstream-invalid', `the upstream sent ${reading.found}`))
      return
    }
    // An upload that the answer did not wait for leaves the connection in the middle of a message.
    if (this.#isUploading) reading.headers.push('Connection', 'close')
    this.#answered = true
    this.#exchange.res.writeHead(status, reading.headers)
    // RFC 9110 8.6: the length in a 304 is another answer's. undici misses those bytes and gives up on its connection.
    if (status === 304) this.#end()
    else process.nextTick(Crossing.#flush, this)
  }

  /** Sends a head that no body byte has taken along, so that a stream shows before its first event. */
  static #flush(crossing: Crossing): void {
    if (!crossing.#flushed) crossing.#exchange.res.flushHeaders()
  }

  #end(): void {
    this.#flushed = true
    this.#exchange.res.end()
  }

  /**
   * A kept-alive connection may have been closed by the upstream while our request was on its way. Asking once more is safe where the
   * method is, nothing was sent along and no byte came back (RFC 9110 9.2.2).
   */
  #mayRetry(error: Error): boolean {
    if (this.#retried || this.#heard || this.#upload || !safeMethods.has(this.#exchange.request.method)) return false
    return isBrokenConnection(error) && this.#pool.endedUsedConnection(error)
  }

  #retry(): void {
    this.#retried = true
    setImmediate(() => this.#dispatch())
  }

  // The client's side.

  readonly #onDrain = (): void => this.#controller?.resume()

  readonly #onClose = (): void => {
    if (!this.#exchange.res.writableFinished) this.#stop({ kind: 'client-left' })
    this.#passage ??= { kind: 'relayed' }
    this.#settle()
  }

  /** Not while the upstream is thinking: the response timeout watches over that. */
  readonly #onIdle = (): void => {
    if (this.#answered || this.#isUploading) this.#stop({ kind: 'idle' })
  }

  readonly #refuseUpload = (): void =>
    this.#controller?.abort(new SallyportError('body-too-large', `more than ${this.#exchange.bodyBytes} bytes of body`))

  get #isUploading(): boolean {
    return this.#upload !== undefined && !this.#exchange.req.complete
  }

  // The end.

  interrupt(): void {
    if (this.#answered) this.#stop({ kind: 'interrupted' })
    else this.#withdraw({ kind: 'interrupted' })
  }

  /** Ends the upstream's side only: whoever still waits for an answer can be given another one. */
  #withdraw(passage: Passage): void {
    this.#passage ??= passage
    this.#controller?.abort(left())
    this.#letGo()
    this.#settle()
  }

  /** Ends both sides. A client that is still there sees its connection break, so half an answer never looks like a whole one. */
  #stop(passage: Passage): void {
    this.#passage ??= passage
    this.#controller?.abort(left())
    this.#upload?.destroy()
    this.#exchange.res.destroy()
  }

  /** Nothing has been answered: the caller will. */
  #fail(error: SallyportError): void {
    this.#letGo()
    this.#ending.reject(error)
  }

  #letGo(): void {
    const { res } = this.#exchange
    res.off('close', this.#onClose).off('drain', this.#onDrain).off('timeout', this.#onIdle)
    this.#upload?.destroy()
  }

  #settle(): void {
    if (this.#passage) this.#ending.resolve(this.#passage)
  }
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

const left = (): SallyportError => new SallyportError('stopping', 'the exchange ended before the upstream had answered')

const flooded = (): SallyportError =>
  new SallyportError('upstream-invalid', `the upstream sent more than ${MOST_INFORMATIONAL} informational answers`)
