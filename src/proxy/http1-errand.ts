// One question on its way through this lane. It belongs to who asked; whoever carries it at the moment, a dial or a connection, may change.
import type { Asker, Asking, Failure, Question } from './asking.ts'

export class Errand implements Asking {
  readonly question: Question
  readonly asker: Asker
  #carrier: Asking | undefined
  #over = false

  constructor(question: Question, asker: Asker) {
    this.question = question
    this.asker = asker
  }

  /** Answered, failed or dropped. */
  get over(): boolean {
    return this.#over
  }

  carriedBy(carrier: Asking): void {
    this.#carrier = carrier
  }

  /** From here on the carrier serves others. */
  end(): void {
    this.#over = true
    this.#carrier = undefined
  }

  fail(failure: Failure): void {
    if (this.#over) return
    this.end()
    this.asker.onFailure(failure)
  }

  pause(): void {
    this.#carrier?.pause()
  }

  resume(): void {
    this.#carrier?.resume()
  }

  drop(): void {
    const carrier = this.#carrier
    this.end()
    carrier?.drop()
  }
}
