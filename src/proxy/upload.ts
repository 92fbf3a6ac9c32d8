// A request body on its way to the upstream: read only as fast as the upstream takes it, and thrown away where nobody takes it any more.
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/**
 * The request itself is not handed to undici, which would destroy it together with the client's connection. An upload never fails with
 * an error event: whoever ends it says why elsewhere.
 */
export class Upload extends Readable {
  readonly #source: IncomingMessage
  readonly #take = (chunk: Buffer): void => {
    this.#left -= chunk.length
    if (this.#left < 0) this.#onTooLarge()
    else if (!this.push(chunk)) this.#source.pause()
  }
  readonly #finish = (): void => {
    this.push(null)
  }
  readonly #onTooLarge: () => void
  #left: number

  constructor(source: IncomingMessage, mostBytes: number | undefined, onTooLarge: () => void) {
    super()
    this.#source = source
    this.#left = mostBytes ?? Number.POSITIVE_INFINITY
    this.#onTooLarge = onTooLarge
    source.on('data', this.#take).on('end', this.#finish).pause()
  }

  override _read(): void {
    this.#source.resume()
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#source.off('data', this.#take).off('end', this.#finish)
    // What is still coming is read and dropped, so that the client gets to read its answer.
    this.#source.resume()
    done()
  }
}
