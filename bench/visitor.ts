// One visitor: a kept-alive connection over a bare socket, one request at a time, the next one when it is told to.
import { connect, type Socket } from 'node:net'
import { AnswerReader } from './answer-reader.ts'
import type { Tally } from './tally.ts'

export type Aim = {
  readonly port: number
  readonly request: Buffer
  /** The body that every answer must have, byte for byte. */
  readonly body: Buffer
  readonly connections: number
}

const READ_BYTES = 65_536
/** So that a gateway that refuses everybody is not asked without a pause. */
const REST_MS = 10

export class Visitor {
  readonly #aim: Aim
  readonly #tally: Tally
  readonly #free: (visitor: Visitor) => void
  #reader: AnswerReader | undefined
  #socket: Socket
  /** When the answer that is waited for was due to be asked for. */
  #since: number | undefined
  #hasLeft = false

  /** `free` is told whenever this visitor can ask. */
  constructor(aim: Aim, tally: Tally, free: (visitor: Visitor) => void) {
    this.#aim = aim
    this.#tally = tally
    this.#free = free
    this.#socket = this.#arrive()
  }

  get canAsk(): boolean {
    return this.#since === undefined && this.#socket.readyState === 'open'
  }

  ask(since = performance.now()): void {
    this.#since = since
    this.#socket.write(this.#aim.request)
  }

  leave(): void {
    this.#hasLeft = true
    this.#socket.destroy()
  }

  #arrive(): Socket {
    const reader = new AnswerReader(this.#aim.body, problem => this.#answered(problem))
    this.#reader = reader
    const callback = (bytes: number, buffer: Uint8Array) => {
      reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes))
      return true
    }
    const onread = { buffer: Buffer.allocUnsafe(READ_BYTES), callback }
    const socket = connect({ port: this.#aim.port, host: '127.0.0.1', noDelay: true, onread })
    socket.on('connect', () => (this.#since === undefined ? this.#free(this) : this.ask(this.#since)))
    // What went wrong is known by the answer that is missing.
    socket.on('error', () => {})
    socket.on('close', () => this.#closed())
    return socket
  }

  #answered(problem: string | undefined): void {
    const since = this.#since
    this.#since = undefined
    if (since === undefined) return void this.#fail('an answer that nobody had asked for')
    if (problem !== undefined) return void this.#fail(problem)
    this.#tally.right(performance.now() - since)
    this.#free(this)
  }

  #fail(problem: string): void {
    this.#since = undefined
    this.#tally.wrong(problem)
    this.#socket.destroy()
  }

  /** Between two answers a server may close, so what it has not begun to answer is asked again. */
  #closed(): void {
    if (this.#hasLeft) return
    if (this.#reader?.isMidway) this.#fail('the connection ended within the answer')
    if (this.#since !== undefined) this.#tally.again()
    setTimeout(() => {
      if (!this.#hasLeft) this.#socket = this.#arrive()
    }, REST_MS)
  }
}
