// Which slots bear a name. Names are digests of equal length in arrays of numbers, so that a hundred thousand of them are no objects.
import { hash } from 'node:crypto'

/** The first half of a SHA-256. */
export type Name = Uint8Array

export type NameIndex = {
  /** `slot` must not be in it. Without a name it cannot be found. */
  put(slot: number, name?: Name): void
  takeOut(slot: number): void
  /** The slots of this name, the latest first. */
  slotsOf(name: Name): readonly number[]
  nameOf(slot: number): Name
}

const NAME_BYTES = 16

/** No part can run into the next. */
export const nameOf = (...parts: readonly string[]): Name =>
  hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, NAME_BYTES)

const nobody: Name = new Uint8Array(NAME_BYTES)

/** Slots are numbered from 0; in these arrays from 1, because fresh arrays are zero, and cost nothing until they are written to. */
const NONE = 0

/** `slots`: how many there are. */
export function makeNameIndex(slots: number): NameIndex {
  const names = Buffer.alloc(slots * NAME_BYTES)
  // As many chains as slots or more, a power of two of them.
  const heads = new Uint32Array(2 ** Math.ceil(Math.log2(slots + 1)))
  const next = new Uint32Array(slots + 1)
  const previous = new Uint32Array(slots + 1)
  const read = (array: Uint32Array, at: number): number => array[at] ?? NONE
  // A digest is as random in its beginning as anywhere.
  const chainOf = (name: Name): number => beginningOf(name) & (heads.length - 1)
  const nameOf = (slot: number): Name => names.subarray(slot * NAME_BYTES, (slot + 1) * NAME_BYTES)

  return {
    nameOf,
    put(slot, name = nobody) {
      names.set(name, slot * NAME_BYTES)
      if (isSame(name, nobody)) return
      const chain = chainOf(name)
      const first = read(heads, chain)
      next[slot + 1] = first
      previous[slot + 1] = NONE
      if (first !== NONE) previous[first] = slot + 1
      heads[chain] = slot + 1
    },
    takeOut(slot) {
      const name = nameOf(slot)
      if (isSame(name, nobody)) return
      const [before, after] = [read(previous, slot + 1), read(next, slot + 1)]
      if (before !== NONE) next[before] = after
      else heads[chainOf(name)] = after
      if (after !== NONE) previous[after] = before
    },
    slotsOf(name) {
      const found: number[] = []
      for (let place = read(heads, chainOf(name)); place !== NONE; place = read(next, place))
        if (isSame(nameOf(place - 1), name)) found.push(place - 1)
      return found
    },
  }
}

const isSame = (one: Name, other: Name): boolean => Buffer.compare(one, other) === 0

const beginningOf = ([a = 0, b = 0, c = 0, d = 0]: Name): number => a | (b << 8) | (c << 16) | (d << 24)
