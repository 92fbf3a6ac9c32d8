// HTTP/1.1 as bytes, read naively and completely: what fetch would tidy away is what these tests want to see.
import type { Duplex } from 'node:stream'

export type Fields = ReadonlyArray<readonly [name: string, value: string]>

export type Message = {
  /** Request line or status line. */
  readonly line: string
  readonly head: string
  readonly headers: Fields
  readonly body: string
  readonly trailers: Fields
}

/** A stream of bytes that is read in pieces. */
export class Wire {
  readonly #stream: Duplex
  #bytes = ''
  #ended = false
  #wake: () => void = () => {}

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#arrive(chunk.toString('latin1')))
    for (const end of ['end', 'close', 'error']) stream.on(end, () => this.#end())
  }

  get ended(): boolean {
    return this.#ended
  }

  /** What is there and not yet read. */
  peek(): string {
    return this.#bytes
  }

  /** Everything up to and including `mark`; undefined when the stream ends before. */
  async until(mark: string): Promise<string | undefined> {
    while (!this.#bytes.includes(mark)) {
      if (this.#ended) return undefined
      await this.#more()
    }
    return this.#take(this.#bytes.indexOf(mark) + mark.length)
  }

  async bytes(count: number): Promise<string | undefined> {
    while (this.#bytes.length < count) {
      if (this.#ended) return undefined
      await this.#more()
    }
    return this.#take(count)
  }

  /** All that is there, at least one byte unless the stream has ended. */
  async some(): Promise<string> {
    while (this.#bytes === '' && !this.#ended) await this.#more()
    return this.#take(this.#bytes.length)
  }

  /** Everything up to the end. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#more()
    return this.#take(this.#bytes.length)
  }

  #arrive(text: string): void {
    this.#bytes += text
    this.#wake()
  }

  #end(): void {
    this.#ended = true
    this.#wake()
  }

  #more(): Promise<void> {
    this.#stream.resume()
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  #take(count: number): string {
    const taken = this.#bytes.slice(0, count)
    this.#bytes = this.#bytes.slice(count)
    return taken
  }
}

/** The head of the next message; undefined when the other side has gone. */
export async function readHead(wire: Wire): Promise<Message | undefined> {
  const head = await wire.until('\r\n\r\n')
  if (head === undefined) return undefined
  const [line = '', ...lines] = head.slice(0, -4).split('\r\n')
  return { line, head, headers: fields(lines), body: '', trailers: [] }
}

/** The message with its body, undefined when it broke off. `framed` says how a body without any framing ends. */
export async function readBody(wire: Wire, message: Message, framed: 'to-end' | 'empty'): Promise<Message | undefined> {
  if (fieldOf(message.headers, 'transfer-encoding') === 'chunked') return readChunks(wire, message)
  const length = fieldOf(message.headers, 'content-length')
  if (length === undefined) return framed === 'empty' ? message : { ...message, body: await wire.rest() }
  const body = await wire.bytes(Number(length))
  return body === undefined ? undefined : { ...message, body }
}

async function readChunks(wire: Wire, message: Message): Promise<Message | undefined> {
  let body = ''
  for (;;) {
    const size = Number.parseInt((await wire.until('\r\n')) ?? '', 16)
    if (Number.isNaN(size)) return undefined
    if (size === 0) break
    const chunk = await wire.bytes(size + 2)
    if (chunk === undefined) return undefined
    body += chunk.slice(0, -2)
  }
  const lines: string[] = []
  for (let line = await wire.until('\r\n'); line !== '\r\n'; line = await wire.until('\r\n')) {
    if (line === undefined) return undefined
    lines.push(line.slice(0, -2))
  }
  return { ...message, body, trailers: fields(lines) }
}

const fields = (lines: readonly string[]): Fields =>
  lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)

/** Every value under a name. */
export const fieldsOf = (headers: Fields, name: string): string[] =>
  headers.filter(([found]) => found.toLowerCase() === name.toLowerCase()).map(([, value]) => value)

export const fieldOf = (headers: Fields, name: string): string | undefined => fieldsOf(headers, name)[0]
