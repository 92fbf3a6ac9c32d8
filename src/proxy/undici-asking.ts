// One question asked through undici's dispatch.
import type { Dispatcher } from 'undici'
import { SallyportError } from '../core/errors.ts'
import type { Asker, Asking, Question } from './asking.ts'
import { dispatchOptions, texts } from './undici-request.ts'
import { Upload } from './upload.ts'
import { isBrokenConnection, maySayNoByReset, upstreamError } from './upstream-errors.ts'

type Controller = Dispatcher.DispatchController

export type Broken = {
  /** Did this error end a connection that had carried answers before? Then it may only have been stale. */
  endedUsedConnection(error: Error): boolean
  /** A connection is breaking at this very moment. */
  readonly isUnderWay: boolean
}

export class UndiciAsking implements Dispatcher.DispatchHandler, Asking {
  readonly #question: Question
  readonly #asker: Asker
  readonly #broken: Broken
  readonly #upload: Upload | undefined
  #controller: Controller | undefined
  /** A byte of an answer has come. */
  #heard = false
  #status = 0
  /** Nothing more is told. */
  #over = false

  constructor(question: Question, asker: Asker, broken: Broken) {
    this.#question = question
    this.#asker = asker
    this.#broken = broken
    const { body } = question.request
    if (body !== 'none' && body !== 0) this.#upload = new Upload(question.req, question.bodyBytes, this.#refuseUpload)
  }

  begin(dispatcher: Dispatcher): this {
    dispatcher.dispatch(dispatchOptions(this.#question, this.#upload), this)
    return this
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  drop(): void {
    this.#over = true
    this.#controller?.abort(dropped())
    this.#upload?.destroy()
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#over) controller.abort(dropped())
  }

  /** undici calls it at the first byte of an answer. */
  onResponseStarted(): void {
    this.#heard = true
  }

  onResponseStart({ rawHeaders }: Controller, status: number): void {
    if (this.#over) return
    this.#status = status
    if (status < 200) this.#asker.onInformational(status, texts(rawHeaders))
    else this.#asker.onHead(status, texts(rawHeaders))
    // RFC 9112 6.3: these end here, whatever length they name. undici misses the bytes and gives up on its connection.
    if (status === 204 || status === 304) this.#end([])
  }

  onResponseData(_controller: Controller, part: Buffer): void {
    if (!this.#over) this.#asker.onBody(part)
  }

  /** undici takes a reset for the end of every body that has no other. */
  onResponseEnd({ rawTrailers }: Controller): void {
    if (this.#broken.isUnderWay && !maySayNoByReset(this.#status))
      this.#fail(new SallyportError('upstream-invalid', 'the upstream broke off'), false)
    else this.#end(texts(rawTrailers))
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    const stale = !this.#heard && isBrokenConnection(error) && this.#broken.endedUsedConnection(error)
    this.#fail(upstreamError(error), stale)
  }

  readonly #refuseUpload = (): void => {
    const { bodyBytes } = this.#question
    this.#fail(new SallyportError('body-too-large', `more than ${bodyBytes} bytes of body`), false)
  }

  #end(rawTrailers: readonly string[]): void {
    if (this.#over) return
    this.#over = true
    this.#asker.onEnd(rawTrailers)
  }

  #fail(error: SallyportError, stale: boolean): void {
    if (this.#over) return
    this.drop()
    this.#asker.onFailure({ error, stale })
  }
}

const dropped = (): SallyportError => new SallyportError('stopping', 'nobody waits for the answer any more')
