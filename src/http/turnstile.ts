// A turnstile counts who is inside under each name, and lets nobody past who has as many inside as one may have.

export class Turnstile {
  readonly #inside = new Map<string, number>()

  /** False when `most` are inside under this name already; else one more is, until it leaves. */
  enter(name: string, most: number): boolean {
    const inside = this.#inside.get(name) ?? 0
    if (inside >= most) return false
    this.#inside.set(name, inside + 1)
    return true
  }

  leave(name: string): void {
    const inside = (this.#inside.get(name) ?? 0) - 1
    if (inside > 0) this.#inside.set(name, inside)
    else this.#inside.delete(name)
  }

  /** Under how many names somebody is inside: what this takes of memory. */
  get names(): number {
    return this.#inside.size
  }
}
