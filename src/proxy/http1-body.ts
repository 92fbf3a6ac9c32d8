// The body of an answer, cut out of the bytes that came by the framing that its head announced; nothing is copied.
import type { Fault } from './http1-fields.ts'

export type Take = (part: Buffer) => void

export type Body = {
  /** Hands on what belongs to the body, from `from` on, and says where that ends. */
  read(bytes: Buffer, from: number, take: Take): number | Fault
  /** All of it has been read. */
  readonly whole: boolean
  /** When the connection ends in good order, does this end the body? */
  readonly endsWithConnection: boolean
  readonly trailers: readonly string[]
}

const noTrailers: readonly string[] = []

export class LengthBody implements Body {
  readonly endsWithConnection = false
  readonly trailers = noTrailers
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  get whole(): boolean {
    return this.#left === 0
  }

  read(bytes: Buffer, from: number, take: Take): number {
    const end = Math.min(bytes.length, from + this.#left)
    this.#left -= end - from
    if (end > from) take(bytes.subarray(from, end))
    return end
  }
}

/** Until the connection ends. */
export class RestBody implements Body {
  readonly whole = false
  readonly endsWithConnection = true
  readonly trailers = noTrailers

  read(bytes: Buffer, from: number, take: Take): number {
    if (bytes.length > from) take(bytes.subarray(from))
    return bytes.length
  }
}
