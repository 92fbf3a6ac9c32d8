// A request body on its way to a connection: framed anew, and read only as fast as the upstream takes it.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

export type UploadOrder = {
  readonly source: IncomingMessage
  readonly socket: Socket
  readonly chunked: boolean
  readonly mostBytes: number | undefined
  onSent(): void
  onTooLarge(): void
}

export class Http1Upload {
  readonly #order: UploadOrder
  #left: number

  constructor(order: UploadOrder) {
    this.#order = order
    this.#left = order.mostBytes ?? Number.POSITIVE_INFINITY
    order.source.on('data', this.#pass).on('end', this.#finish)
  }

  /** The upstream takes more. */
  resume(): void {
    this.#order.source.resume()
  }

  /** What is still coming is read and dropped, so that the client gets to read its answer. */
  drop(): void {
    this.#order.source.off('data', this.#pass).off('end', this.#finish).resume()
  }

  readonly #pass = (part: Buffer): void => {
    this.#left -= part.length
    if (this.#left < 0) this.#order.onTooLarge()
    else if (!this.#write(part)) this.#order.source.pause()
  }

  readonly #finish = (): void => {
    if (this.#order.chunked) this.#order.socket.write('0\r\n\r\n', 'latin1')
    this.#order.onSent()
  }

  #write(part: Buffer): boolean {
    const { socket, chunked } = this.#order
    if (!chunked) return socket.write(part)
    socket.cork()
    socket.write(`${part.length.toString(16)}\r\n`, 'latin1')
    socket.write(part)
    const more = socket.write('\r\n', 'latin1')
    socket.uncork()
    return more
  }
}
