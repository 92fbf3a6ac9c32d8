// A chunked body (RFC 9112 7.1), read strictly: whoever is lenient about where a chunk ends lets two readers see two messages.
import type { Body, Take } from './http1-body.ts'
import { BROKEN, type Fault, lineEnd, PART, readFields } from './http1-fields.ts'
import { MOST_HEAD_BYTES } from './http1-head.ts'

const LF = 0x0a
const MOST_LINE_CHARS = 1024

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const quoted = '"(?:[^"\\\\]|\\\\.)*"'
const sizeLine = new RegExp(`^([0-9A-Fa-f]{1,16})(?:;${token}(?:=(?:${token}|${quoted}))?)*$`)
const framing = /^(?:content-length|transfer-encoding)$/i

const badSize: Fault = { found: 'a chunk without a proper size' }
const badEnd: Fault = { found: 'a chunk that is longer than its size' }
const lateFraming: Fault = { found: 'framing in a trailer' }
const longTrailers: Fault = { found: `trailers of more than ${MOST_HEAD_BYTES} bytes` }

export class ChunkedBody implements Body {
  readonly endsWithConnection = false
  readonly trailers: string[] = []
  #at: 'size' | 'data' | 'end of data' | 'trailers' | 'end' = 'size'
  /** Bytes of data before the chunk ends. */
  #left = 0
  /** A line, or trailer lines, of which the end is still to come. */
  #kept = ''

  get whole(): boolean {
    return this.#at === 'end'
  }

  read(bytes: Buffer, from: number, take: Take): number | Fault {
    let at: number | Fault = from
    while (typeof at === 'number' && at < bytes.length && !this.whole) at = this.#step(bytes, at, take)
    return at
  }

  #step(bytes: Buffer, from: number, take: Take): number | Fault {
    switch (this.#at) {
      case 'size':
        return this.#readSize(bytes, from)
      case 'data':
        return this.#readData(bytes, from, take)
      case 'end of data':
        return this.#readEndOfData(bytes, from)
      default:
        return this.#readTrailers(bytes, from)
    }
  }

  #readSize(bytes: Buffer, from: number): number | Fault {
    const next = afterLine(bytes, from)
    const line = this.#kept + bytes.toString('latin1', from, next)
    const end = lineEnd(line, 0)
    if (end === BROKEN || line.length > MOST_LINE_CHARS) return badSize
    this.#kept = end === PART ? line : ''
    return end === PART ? next : this.#begin(line.slice(0, end), next)
  }

  #begin(line: string, next: number): number | Fault {
    const size = Number.parseInt(sizeLine.exec(line)?.[1] ?? '', 16)
    if (!Number.isSafeInteger(size)) return badSize
    this.#left = size
    this.#at = size === 0 ? 'trailers' : 'data'
    return next
  }

  #readData(bytes: Buffer, from: number, take: Take): number {
    const end = Math.min(bytes.length, from + this.#left)
    this.#left -= end - from
    if (this.#left === 0) this.#at = 'end of data'
    take(bytes.subarray(from, end))
    return end
  }

  #readEndOfData(bytes: Buffer, from: number): number | Fault {
    const next = Math.min(bytes.length, from + 2 - this.#kept.length)
    this.#kept += bytes.toString('latin1', from, next)
    if (!'\r\n'.startsWith(this.#kept)) return badEnd
    if (this.#kept.length < 2) return next
    this.#kept = ''
    this.#at = 'size'
    return next
  }

  #readTrailers(bytes: Buffer, from: number): number | Fault {
    const next = afterLine(bytes, from)
    this.#kept += bytes.toString('latin1', from, next)
    if (this.#kept.length > MOST_HEAD_BYTES) return longTrailers
    // Nothing is decided before there is a line break.
    if (bytes[next - 1] !== LF) return next
    this.trailers.length = 0
    const end = readFields(this.#kept, 0, this.trailers)
    if (typeof end !== 'number') return end
    if (this.trailers.some(isFraming)) return lateFraming
    if (end !== PART) this.#at = 'end'
    return next
  }
}

/** Too late to be believed, and a sign that somebody else will (RFC 9110 6.5.1). */
const isFraming = (part: string, index: number): boolean => index % 2 === 0 && framing.test(part)

/** Behind the next line feed, or the end of what is there. */
function afterLine(bytes: Buffer, from: number): number {
  const found = bytes.indexOf(LF, from)
  return found < 0 ? bytes.length : found + 1
}
