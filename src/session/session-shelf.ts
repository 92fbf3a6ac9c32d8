// Packed sessions in numbered slots: their bytes, their times and their names, all of it outside V8's heap.
import type { Milliseconds } from '../core/duration.ts'
import type { Clock } from '../core/session.ts'
import { makeBlockHeap } from './block-heap.ts'
import { makeNameIndex, type Name } from './name-index.ts'
import { makeSlotRing } from './slot-ring.ts'

/** What a session is found by: its ticket at its host, its own id, its person and, where its provider named one, the provider's session. */
export type Names = { readonly [kind in NameKind]?: Name | undefined }

export type NameKind = (typeof nameKinds)[number]

const nameKinds = ['ticket', 'id', 'person', 'sid'] as const

export type SlotFacts = Clock & { readonly startedAt: number; readonly revision: number }

export type Shelved = {
  readonly names: Names
  readonly bytes: Uint8Array
  readonly facts: SlotFacts
  /** When nobody needs it any more, by `performance.now()`. */
  readonly goneAt: Milliseconds
}

export type SessionShelf = {
  /** There must be a free slot. */
  put(shelved: Shelved): number
  takeOut(slot: number): void
  slotsOf(kind: NameKind, name: Name): readonly number[]
  at(slot: number): Shelved
  facts(slot: number): SlotFacts
  bytes(slot: number, most?: number): Buffer
  ticketOf(slot: number): Name
  isPast(slot: number): boolean
  /** Another revision in place of this one. */
  replace(slot: number, revision: number, bytes: Uint8Array): void
  touch(slot: number, clock: Clock, goneAt: Milliseconds): void
  /** From now on it is the most recently used one. */
  used(slot: number): void
  /** From the least recently used one. */
  byUse(): Iterable<number>
  /** In the order in which they came. */
  byCome(): Iterable<number>
  readonly size: number
}

export function makeSessionShelf(max: number): SessionShelf {
  const heap = makeBlockHeap()
  const [ticket, id, person, sid] = [makeNameIndex(max), makeNameIndex(max), makeNameIndex(max), makeNameIndex(max)]
  const indexOf = { ticket, id, person, sid }
  const [comings, uses] = [makeSlotRing(max), makeSlotRing(max)]
  const [places, revisions] = [new Uint32Array(max), new Uint32Array(max)]
  const [startedAt, seenAt] = [new Float64Array(max), new Float64Array(max)]
  const [restedMs, goneAt] = [new Float64Array(max), new Float64Array(max)]
  const free: number[] = []
  let size = 0

  function setClock(slot: number, clock: Clock, gone: Milliseconds): void {
    seenAt[slot] = clock.seenAt
    restedMs[slot] = clock.restedMs ?? 0
    goneAt[slot] = gone
  }

  function facts(slot: number): SlotFacts {
    const rested = restedMs[slot] || undefined
    const clock = { seenAt: seenAt[slot] ?? 0, ...(rested && { restedMs: rested }) }
    return { startedAt: startedAt[slot] ?? 0, revision: revisions[slot] ?? 0, ...clock }
  }

  const bytes = (slot: number, most?: number): Buffer => heap.read(places[slot] ?? 0, most)

  return {
    put({ names, bytes, facts, goneAt }) {
      const place = heap.keep(bytes)
      const slot = free.pop() ?? size
      size++
      for (const kind of nameKinds) indexOf[kind].put(slot, names[kind])
      for (const ring of [comings, uses]) ring.append(slot)
      places[slot] = place
      revisions[slot] = facts.revision
      startedAt[slot] = facts.startedAt
      setClock(slot, facts, goneAt)
      return slot
    },
    takeOut(slot) {
      for (const kind of nameKinds) indexOf[kind].takeOut(slot)
      for (const ring of [comings, uses]) ring.takeOut(slot)
      heap.release(places[slot] ?? 0)
      free.push(slot)
      size--
    },
    slotsOf: (kind, name) => indexOf[kind].slotsOf(name),
    at(slot) {
      const names = Object.fromEntries(nameKinds.map(kind => [kind, indexOf[kind].nameOf(slot)]))
      return { names, bytes: bytes(slot), facts: facts(slot), goneAt: goneAt[slot] ?? 0 }
    },
    facts,
    bytes,
    ticketOf: slot => indexOf.ticket.nameOf(slot),
    isPast: slot => (goneAt[slot] ?? 0) <= performance.now(),
    replace(slot, revision, bytes) {
      heap.release(places[slot] ?? 0)
      places[slot] = heap.keep(bytes)
      revisions[slot] = revision
    },
    touch: setClock,
    used(slot) {
      uses.takeOut(slot)
      uses.append(slot)
    },
    byUse: uses.slots,
    byCome: comings.slots,
    get size() {
      return size
    },
  }
}
