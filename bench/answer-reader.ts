// Reads the answers on one connection, one after the other, and finds whatever is not exactly what was expected.

/** Told at the end of every answer: nothing, or what was wrong. After a problem the connection is good for nothing. */
export type AtEnd = (problem: string | undefined) => void

export class AnswerReader {
  readonly #expected: Buffer
  readonly #atEnd: AtEnd
  #head: Buffer | undefined
  /** Bytes of the body so far; undefined while the head is read. */
  #position: number | undefined

  constructor(expected: Buffer, atEnd: AtEnd) {
    this.#expected = expected
    this.#atEnd = atEnd
  }

  /** Some of an answer has come, but not all. */
  get isMidway(): boolean {
    return this.#position !== undefined || this.#head !== undefined
  }

  /** `chunk` may be overwritten when this returns. */
  read(chunk: Buffer): void {
    if (this.#position === undefined) this.#readHead(this.#head ? Buffer.concat([this.#head, chunk]) : chunk)
    else this.#readBody(chunk)
  }

  #readHead(bytes: Buffer): void {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) {
      this.#head = Buffer.from(bytes)
      return
    }
    this.#head = undefined
    const problem = headProblem(bytes.toString('latin1', 0, end + 2), this.#expected.length)
    if (problem !== undefined) return void this.#end(problem)
    this.#position = 0
    this.#readBody(bytes.subarray(end + 4))
  }

  #readBody(bytes: Buffer): void {
    const from = this.#position ?? 0
    const to = from + bytes.length
    if (to > this.#expected.length) return void this.#end('more than the answer')
    if (this.#expected.compare(bytes, 0, bytes.length, from, to) !== 0) return void this.#end('another body')
    if (to === this.#expected.length) return void this.#end(undefined)
    this.#position = to
  }

  #end(problem: string | undefined): void {
    this.#head = undefined
    this.#position = undefined
    this.#atEnd(problem)
  }
}

function headProblem(head: string, length: number): string | undefined {
  if (!head.startsWith('HTTP/1.1 200 ')) return head.slice(0, head.indexOf('\r\n'))
  const [, found] = /\r\ncontent-length: (\d+)\r\n/i.exec(head) ?? []
  return Number(found) === length ? undefined : `content-length ${found}`
}
