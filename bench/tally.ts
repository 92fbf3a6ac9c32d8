// Keeps count of answers: how many were right, how long each took, and what came instead.

export type Outcome = {
  readonly answers: number
  readonly seconds: number
  /** Ascending. */
  readonly latenciesMs: Float64Array
  /** What came instead of the right answer, and how often. */
  readonly wrong: Wrong
}

export type Wrong = Readonly<Record<string, number>>

export class Tally {
  #latenciesMs: number[] = []
  #wrong: Record<string, number> = {}
  #began = performance.now()

  /** From now on. */
  begin(): void {
    this.#latenciesMs = []
    this.#wrong = {}
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

  /** What came since it began. */
  take(): Outcome {
    return {
      answers: this.answers,
      seconds: (performance.now() - this.#began) / 1000,
      latenciesMs: Float64Array.from(this.#latenciesMs).sort(),
      wrong: this.#wrong,
    }
  }
}
