// One connection to an upstream. It carries one errand at a time, and rests between two only when nothing of the last one can be left in it.
import type { Socket } from 'node:net'
import type { Milliseconds } from '../core/duration.ts'
import { SallyportError } from '../core/errors.ts'
import type { Asking } from './asking.ts'
import { AnswerReader } from './http1-answer.ts'
import type { Errand } from './http1-errand.ts'
import { requestHead } from './http1-request.ts'
import { Http1Upload } from './http1-upload.ts'
import { isBrokenConnection, upstreamError } from './upstream-errors.ts'

export type Keeper = {
  /** It may be used again, for so long. */
  rests(connection: Http1Connection, restMs: Milliseconds): void
  gone(connection: Http1Connection): void
}

/** Listeners and timer are made once and serve whatever errand is under way. */
export class Http1Connection implements Asking {
  readonly #socket: Socket
  readonly #keeper: Keeper
  readonly #reader = new AnswerReader()
  #errand: Errand | undefined
  #upload: Http1Upload | undefined
  /** The upstream has all of the request. */
  #isSent = false
  /** A byte of an answer to this errand has come. */
  #isHeard = false
  #hasServed = false
  #timer: NodeJS.Timeout | undefined
  #timerMs = 0

  constructor(socket: Socket, keeper: Keeper) {
    this.#socket = socket
    this.#keeper = keeper
    socket.on('data', this.#onData).on('drain', this.#onDrain)
    socket.on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  carry(errand: Errand): void {
    const { request } = errand.question
    this.#errand = errand
    errand.carriedBy(this)
    this.#isHeard = false
    this.#isSent = false
    this.#reader.begin(request.method, errand.asker)
    const head = requestHead(request)
    if (typeof head !== 'string') this.#fail(new SallyportError('internal', `cannot write ${head.found}`))
    else if (request.body === 'none' || request.body === 0) this.#sendBare(head)
    else this.#sendWithBody(head, errand)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  drop(): void {
    this.#leave()
    this.close()
  }

  close(): void {
    this.#socket.destroy()
  }

  #sendBare(head: string): void {
    this.#socket.write(head, 'latin1')
    this.#onSent()
  }

  /** What is there of the body by the next tick goes out together with the head. */
  #sendWithBody(head: string, { question }: Errand): void {
    const socket = this.#socket
    socket.cork()
    socket.write(head, 'latin1')
    this.#upload = new Http1Upload({
      source: question.req,
      socket,
      chunked: question.request.body === 'chunked',
      mostBytes: question.bodyBytes,
      onSent: this.#onSent,
      onTooLarge: this.#onTooLarge,
    })
    process.nextTick(uncork, socket)
  }

  readonly #onSent = (): void => {
    this.#isSent = true
    if (this.#errand && !this.#reader.hasHead) this.#expectWithin(this.#errand.question.route.timeouts.responseMs)
  }

  readonly #onTooLarge = (): void => {
    const bytes = this.#errand?.question.bodyBytes
    this.#fail(new SallyportError('body-too-large', `more than ${bytes} bytes of body`))
  }

  /** Started again by each errand and never stopped: it means something only while an answer is awaited. */
  #expectWithin(ms: Milliseconds): void {
    if (this.#timer && this.#timerMs === ms) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#timerMs = ms
    this.#timer = setTimeout(this.#onLate, ms).unref()
  }

  readonly #onLate = (): void => {
    if (this.#errand && this.#isSent && !this.#reader.hasHead)
      this.#fail(new SallyportError('upstream-timeout', `no answer of the upstream within ${this.#timerMs} ms`))
  }

  readonly #onData = (bytes: Buffer): void => {
    const errand = this.#errand
    if (!errand) return void this.close()
    this.#isHeard = true
    const progress = this.#reader.read(bytes)
    // Whoever asked may have lost interest while it was told.
    if (this.#errand !== errand || progress === 'part') return
    if (progress === 'whole') this.#finish()
    else this.#fail(invalid(progress.found))
  }

  readonly #onDrain = (): void => this.#upload?.resume()

  readonly #onEnd = (): void => {
    if (!this.#errand) return void this.close()
    const progress = this.#reader.end({ byReset: false })
    if (progress === 'whole') this.#finish()
    else this.#fail(invalid(progress.found), true)
  }

  readonly #onError = (error: Error): void => {
    const isBroken = isBrokenConnection(error)
    if (this.#errand && isBroken && this.#reader.end({ byReset: true }) === 'whole') this.#finish()
    else this.#fail(upstreamError(error), isBroken)
  }

  readonly #onClose = (): void => {
    clearTimeout(this.#timer)
    this.#fail(invalid('nothing more'), true)
    this.#keeper.gone(this)
  }

  /** The answer is whole. The connection goes on only if both sides are surely at the same place in it. */
  #finish(): void {
    const isClean = this.#isSent && this.#socket.writableLength === 0
    this.#leave()?.end()
    this.#hasServed = true
    if (isClean && this.#reader.restMs > 0) this.#rest(this.#reader.restMs)
    else this.close()
  }

  /** Reading goes on: a byte that comes now, or the end, must not be found only by the next errand. */
  #rest(restMs: Milliseconds): void {
    this.#socket.resume()
    this.#keeper.rests(this, restMs)
  }

  #fail(error: SallyportError, isBroken = false): void {
    const stale = isBroken && this.#hasServed && !this.#isHeard
    const errand = this.#leave()
    this.close()
    errand?.fail({ error, stale })
  }

  #leave(): Errand | undefined {
    const errand = this.#errand
    this.#errand = undefined
    this.#reader.forget()
    this.#upload?.drop()
    this.#upload = undefined
    return errand
  }
}

const uncork = (socket: Socket): void => socket.uncork()

const invalid = (found: string): SallyportError => new SallyportError('upstream-invalid', `the upstream sent ${found}`)
