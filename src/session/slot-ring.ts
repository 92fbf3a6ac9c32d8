// Slots in an order that changes: a linked list in two arrays of numbers.

export type SlotRing = {
  /** Puts a slot that is not in the ring behind all others. */
  append(slot: number): void
  takeOut(slot: number): void
  /** From the first to the last. The slot at hand may be taken out meanwhile. */
  slots(): Iterable<number>
}

/** Slots are numbered from 0; in these arrays from 1, because fresh arrays are zero, and cost nothing until they are written to. */
const END = 0

export function makeSlotRing(slots: number): SlotRing {
  // One ring through END: behind it stands the first, before it the last.
  const after = new Uint32Array(slots + 1)
  const before = new Uint32Array(slots + 1)
  const at = (places: Uint32Array, place: number): number => places[place] ?? END

  function link(one: number, other: number): void {
    after[one] = other
    before[other] = one
  }

  return {
    append(slot) {
      link(at(before, END), slot + 1)
      link(slot + 1, END)
    },
    takeOut: slot => link(at(before, slot + 1), at(after, slot + 1)),
    *slots() {
      for (let place = at(after, END); place !== END; ) {
        const next = at(after, place)
        yield place - 1
        place = next
      }
    },
  }
}
