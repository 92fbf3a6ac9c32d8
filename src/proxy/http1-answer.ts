// Reads the answer to one request from a connection, however its bytes are cut into pieces, and tells who asked.
import type { Asker } from './asking.ts'
import { type Body, LengthBody, RestBody } from './http1-body.ts'
import { ChunkedBody } from './http1-chunks.ts'
import type { Fault } from './http1-fields.ts'
import { type Head, MOST_HEAD_BYTES, readHead } from './http1-head.ts'
import { readTerms, type Terms } from './http1-terms.ts'
import { maySayNoByReset } from './upstream-errors.ts'

/** `part`: more is to come. `whole`: the answer has ended. */
export type Progress = 'part' | 'whole' | Fault

/** 100 answers an Expect, and 101 an Upgrade; this lane says neither. HTTP/1.0 has no informational answers (RFC 9110 15.2). */
const unasked: Fault = { found: 'an informational answer that nobody had asked for' }
const LF = 0x0a
const cutOff: Fault = { found: 'an answer that was cut off' }

export class AnswerReader {
  #method = ''
  #asker: Asker | undefined
  /** Of a head, as long as its end is still to come. */
  #kept: Buffer | undefined
  #body: Body | undefined
  #restMs = 0
  /** Of the final answer; 0 until its head has come. */
  #status = 0

  /** Begins with an answer to `asker`. */
  begin(method: string, asker: Asker): void {
    this.#method = method
    this.#asker = asker
    this.#kept = undefined
    this.#body = undefined
    this.#restMs = 0
    this.#status = 0
  }

  /** Whoever asked is told nothing more. */
  forget(): void {
    this.#asker = undefined
  }

  /** The head of the final answer has come. */
  get hasHead(): boolean {
    return this.#status > 0
  }

  /** For so long the connection may rest behind a whole answer before it is used again; 0: never again. */
  get restMs(): number {
    return this.#restMs
  }

  read(bytes: Buffer): Progress {
    if (this.hasHead) return this.#readBody(bytes, 0)
    const all = this.#withKept(bytes)
    return this.#hasNothingNew(bytes, all) ? this.#keep(all) : this.#readHeads(all)
  }

  /** The connection has ended. */
  end({ byReset }: { readonly byReset: boolean }): 'whole' | Fault {
    if (!this.#body?.endsWithConnection || (byReset && !maySayNoByReset(this.#status))) return cutOff
    this.#asker?.onEnd(this.#body.trailers)
    return 'whole'
  }

  /** More of a line that has not ended: a head that comes byte by byte must not be read as often. */
  #hasNothingNew(bytes: Buffer, all: Buffer): boolean {
    return this.#kept?.includes(LF) === true && !bytes.includes(LF) && all.length <= MOST_HEAD_BYTES
  }

  #withKept(bytes: Buffer): Buffer {
    return this.#kept ? Buffer.concat([this.#kept, bytes]) : bytes
  }

  #readHeads(bytes: Buffer): Progress {
    for (let from = 0; ; ) {
      const reading = readHead(bytes, from)
      if (reading === 'part') return this.#keep(bytes.subarray(from))
      if ('found' in reading) return reading
      const terms = readTerms(this.#method, reading.head)
      if ('found' in terms) return terms
      const { head, end } = reading
      if (head.status >= 200) return this.#begin(head, terms, bytes, end)
      if (head.status <= 101 || head.isHttp10) return unasked
      this.#asker?.onInformational(head.status, head.rawHeaders)
      if (!this.#asker) return 'part'
      from = end
    }
  }

  #keep(bytes: Buffer): Progress {
    this.#kept = bytes
    return 'part'
  }

  #begin({ status, rawHeaders }: Head, { body, restMs }: Terms, bytes: Buffer, from: number): Progress {
    this.#status = status
    this.#kept = undefined
    this.#restMs = restMs
    this.#body = bodyFor(body)
    this.#asker?.onHead(status, rawHeaders)
    return this.#readBody(bytes, from)
  }

  #readBody(bytes: Buffer, from: number): Progress {
    const end = this.#body ? this.#body.read(bytes, from, this.#take) : from
    if (typeof end !== 'number') return end
    if (this.#body && !this.#body.whole) return 'part'
    // What follows belongs to no answer, and says that the two sides disagree about where this one ended.
    if (end < bytes.length) this.#restMs = 0
    this.#asker?.onEnd(this.#body?.trailers ?? [])
    return 'whole'
  }

  readonly #take = (part: Buffer): void => this.#asker?.onBody(part)
}

function bodyFor(body: Terms['body']): Body | undefined {
  switch (body.kind) {
    case 'none':
      return undefined
    case 'length':
      return new LengthBody(body.bytes)
    case 'chunked':
      return new ChunkedBody()
    case 'to-end':
      return new RestBody()
  }
}
