// Keeps count of answers: how many were right, how long each took, and what came instead.

export type Outcome = {
  readonly answers: number
  readonly seconds: number
  /** Ascending. */
  readonly latenciesMs: Float64Array
  /** What came instead of the right answer, and how often. */
  readonly wrong: Wrong
  /** Requests on a connection that ended before any answer, and that were asked again on another (RFC 9112 9.3.1). */
  readonly askedAgain: number
}

export type Wrong = Readonly<Record<string, number>>

export class Tally {
  #latenciesMs: number[] = []
  #wrong: Record<string, number> = {}
  #askedAgain = 0
  #began = performance.now()

  /** From now on. */
  begin(): void {
    this.#latenciesMs = []
    this.#wrong = {}
    this.#askedAgain = 0
    this.#began = performance.now()
  }

  get answers(): number {
    return this.#latenciesMs.length
  }

  right(ms: number): void {
    this.#latenciesMs.push(ms)
  }

  wrong(problem: string): void {
    this.#wrong[problem] = (this.#wrong[problem] ?? 0) + 1
  }

  again(): void {
    this.#askedAgain++
  }

  /** What came since it began. */
  take(): Outcome {
    return {
      answers: this.answers,
      seconds: (performance.now() - this.#began) / 1000,
      latenciesMs: Float64Array.from(this.#latenciesMs).sort(),
      wrong: this.#wrong,
      askedAgain: this.#askedAgain,
    }
  }
}
