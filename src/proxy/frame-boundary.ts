// Where websocket frames begin and end (RFC 6455 5.2): of passing bytes only headers are read, and none are kept.

const LONGEST_HEADER = 14
const CLOSE = 8

export class FrameBoundary {
  readonly #header = Buffer.alloc(LONGEST_HEADER)
  #filled = 0
  #payloadLeft = 0
  #closing = false

  /** A control frame may be put in here: also between the fragments of a message (5.4), but not behind a close frame (5.5.1). */
  get isOpen(): boolean {
    return this.#filled === 0 && this.#payloadLeft === 0 && !this.#closing
  }

  pass(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft === 0) this.#take(chunk[at++] as number)
      else {
        const step = Math.min(this.#payloadLeft, chunk.length - at)
        this.#payloadLeft -= step
        at += step
      }
    }
  }

  #take(byte: number): void {
    this.#header[this.#filled++] = byte
    if (this.#filled < this.#headerLength()) return
    this.#filled = 0
    this.#payloadLeft = this.#payloadLength()
    if (((this.#header[0] as number) & 0x0f) === CLOSE) this.#closing = true
  }

  #headerLength(): number {
    if (this.#filled < 2) return 2
    const second = this.#header[1] as number
    return 2 + extendedBytes(second) + (second & 0x80 ? 4 : 0)
  }

  #payloadLength(): number {
    const second = this.#header[1] as number
    switch (extendedBytes(second)) {
      case 2:
        return this.#header.readUInt16BE(2)
      case 8:
        return Number(this.#header.readBigUInt64BE(2))
      default:
        return second & 0x7f
    }
  }
}

const extendedBytes = (second: number): 0 | 2 | 8 => {
  const length = second & 0x7f
  return length === 126 ? 2 : length === 127 ? 8 : 0
}

/** From a server, so not masked (5.1). The words must fit one short frame: 123 bytes. */
export function closeFrame(status: number, words: string): Buffer {
  const payload = Buffer.concat([Buffer.from([status >> 8, status & 0xff]), Buffer.from(words)])
  return Buffer.concat([Buffer.from([0x80 | CLOSE, payload.length]), payload])
}
