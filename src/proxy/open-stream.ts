// One exchange under way for a session: whoever carries it can be told to stop, and it remembers why it was.
import type { Guest, Parting } from '../access/second-look.ts'
import type { Session } from '../core/session.ts'
import type { Address, Visit } from '../http/visit.ts'

export type Carrier = { interrupt(): void }

export class OpenStream implements Guest {
  readonly visit: Visit
  readonly address: Address
  readonly session: Session
  #carrier: Carrier | undefined
  #parting: Parting | undefined

  constructor({ visit, address }: Guest, session: Session) {
    this.visit = visit
    this.address = address
    this.session = session
  }

  /** Why it was ended, if it was. */
  get parting(): Parting | undefined {
    return this.#parting
  }

  carriedBy(carrier: Carrier): void {
    this.#carrier = carrier
  }

  /** False when it had been ended before. */
  end(parting: Parting): boolean {
    if (this.#parting) return false
    this.#parting = parting
    this.visit.trail.failure ??= parting.why
    this.#carrier?.interrupt()
    return true
  }
}
