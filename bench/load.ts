// The load generator: visitors on kept-alive connections over bare sockets, each asking again as soon as it was answered.
import { connect, type Socket } from 'node:net'
import { AnswerReader } from './answer-reader.ts'

export type Aim = {
  readonly port: number
  readonly request: Buffer
  /** The body that every answer must have, byte for byte. */
  readonly body: Buffer
  readonly connections: number
}

export type Outcome = {
  readonly answers: number
  readonly seconds: number
  /** Ascending. */
  readonly latenciesMs: Float64Array
  /** What came instead of the right answer, and how often. */
  readonly wrong: Readonly<Record<string, number>>
  readonly reconnections: number
}

export type Load = {
  /** Counts from now on. */
  begin(): void
  /** What came since it began to count. */
  take(): Outcome
  stop(): void
}

const READ_BYTES = 65_536
/** So that a gateway that refuses everybody is not asked without a pause. */
const REST_MS = 10

export function startLoad(aim: Aim): Load {
  const tally = new Tally()
  const visitors = Array.from({ length: aim.connections }, () => new Visitor(aim, tally))
  return {
    begin: () => tally.begin(),
    take: () => tally.take(),
    stop() {
      for (const visitor of visitors) visitor.leave()
    },
  }
}

export class Tally {
  #latenciesMs: number[] = []
  #wrong: Record<string, number> = {}
  #reconnections = 0
  #began = performance.now()

  begin(): void {
    this.#latenciesMs = []
    this.#wrong = {}
    this.#reconnections = 0
    this.#began = performance.now()
  }

  right(ms: number): void {
    this.#latenciesMs.push(ms)
  }

  wrong(problem: string): void {
    this.#wrong[problem] = (this.#wrong[problem] ?? 0) + 1
  }

  reconnected(): void {
    this.#reconnections++
  }

  take(): Outcome {
    return {
      answers: this.#latenciesMs.length,
      seconds: (performance.now() - this.#began) / 1000,
      latenciesMs: Float64Array.from(this.#latenciesMs).sort(),
      wrong: this.#wrong,
      reconnections: this.#reconnections,
    }
  }
}

class Visitor {
  readonly #aim: Aim
  readonly #tally: Tally
  #socket: Socket
  #askedAt = 0
  #isWaiting = false
  #hasLeft = false

  constructor(aim: Aim, tally: Tally) {
    this.#aim = aim
    this.#tally = tally
    this.#socket = this.#arrive()
  }

  leave(): void {
    this.#hasLeft = true
    this.#socket.destroy()
  }

  #arrive(): Socket {
    const reader = new AnswerReader(this.#aim.body, problem => this.#answered(problem))
    const callback = (bytes: number, buffer: Uint8Array) => {
      reader.read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes))
      return true
    }
    const onread = { buffer: Buffer.allocUnsafe(READ_BYTES), callback }
    const socket = connect({ port: this.#aim.port, host: '127.0.0.1', noDelay: true, onread })
    socket.on('connect', () => this.#ask())
    socket.on('error', () => {})
    socket.on('close', () => this.#closed())
    return socket
  }

  #ask(): void {
    this.#isWaiting = true
    this.#askedAt = performance.now()
    this.#socket.write(this.#aim.request)
  }

  #answered(problem: string | undefined): void {
    this.#isWaiting = false
    if (problem === undefined) {
      this.#tally.right(performance.now() - this.#askedAt)
      return void this.#ask()
    }
    this.#tally.wrong(problem)
    this.#socket.destroy()
  }

  /** A server may close between two answers; the request that it had not yet begun to answer is asked again. */
  #closed(): void {
    if (this.#hasLeft) return
    if (this.#isWaiting) this.#tally.reconnected()
    this.#isWaiting = false
    setTimeout(() => {
      if (!this.#hasLeft) this.#socket = this.#arrive()
    }, REST_MS)
  }
}
