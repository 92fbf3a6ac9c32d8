// Sessions in little room: two tokens and their claims say most things twice, which compression takes out. Those in use are at hand.
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { Milliseconds } from '../core/duration.ts'
import { clockOf, pushedOn, type Session, type WhichSessions } from '../core/session.ts'
import { type Name, nameOf } from './name-index.ts'
import { makeSessionShelf, type SessionShelf, type SlotFacts } from './session-shelf.ts'
import { readSessionText, sessionText } from './session-text.ts'
import { typicalText } from './typical-text.ts'

/** A bounded shelf: the least recently used one gives way. A session is called by its slot, until it is taken out. */
export type PackedSessions = {
  slotOf(ticket: Name): number | undefined
  slotsOf(which: WhichSessions): readonly number[]
  /** Counts as use. One past its time is handed out once more, so that the door can say why it ended. */
  use(slot: number): Session
  read(slot: number): Session
  /** What is known without unpacking. */
  facts(slot: number): SlotFacts
  idOf(slot: number): string
  ticketOf(slot: number): Name
  add(ticket: Name, session: Session, keepMs: Milliseconds): void
  /** Another one in its place, for as long as that one had. */
  replace(slot: number, session: Session): void
  touch(slot: number, seenAt: number, keepMs: Milliseconds): void
  takeOut(slot: number): void
  resize(max: number): void
  /** Lets go of those past their time. */
  purge(): void
  /** In the order in which they came. */
  slots(): readonly number[]
  readonly size: number
  readonly max: number
}

const MOST_AT_HAND = 2000

/**
 * The dictionary takes away a third: by itself a session is too short to repeat much. The window reaches over all of a usual session;
 * a larger one would cost more memory, for every single compression, than the session that comes out.
 */
const compression = { dictionary: Buffer.from(typicalText), windowBits: 13, memLevel: 6, chunkSize: 4096 }

/** `onGone`: the session of this id was taken out, gave way or was past its time. */
export function makePackedSessions(max: number, onGone: (id: string) => void): PackedSessions {
  const atHand = new LRUCache<number, Session>({ max: MOST_AT_HAND })
  let shelf = makeSessionShelf(max)

  function takeOut(slot: number): void {
    const id = idIn(shelf, slot)
    shelf.takeOut(slot)
    atHand.delete(slot)
    onGone(id)
  }

  function makeRoomFor(more: number): void {
    for (const slot of shelf.byUse()) {
      if (shelf.size + more <= max) return
      takeOut(slot)
    }
  }

  const read = (slot: number): Session => atHand.get(slot) ?? unpack(shelf, slot)

  return {
    slotOf: ticket => shelf.slotsOf('ticket', ticket)[0],
    slotsOf: which => shelf.slotsOf(...askedFor(which)),
    use(slot) {
      const session = read(slot)
      if (shelf.isPast(slot)) {
        takeOut(slot)
        return session
      }
      shelf.used(slot)
      atHand.set(slot, session)
      return session
    },
    read,
    facts: slot => shelf.facts(slot),
    idOf: slot => idIn(shelf, slot),
    ticketOf: slot => shelf.ticketOf(slot),
    add(ticket, session, keepMs) {
      makeRoomFor(1)
      const names = { ticket, ...namesOf(session) }
      shelf.put({ names, bytes: pack(session), facts: session, goneAt: performance.now() + keepMs })
    },
    replace(slot, session) {
      shelf.replace(slot, session.revision, pack(session))
      atHand.set(slot, session)
    },
    touch(slot, seenAt, keepMs) {
      const clock = pushedOn(shelf.facts(slot), seenAt)
      shelf.touch(slot, clock, performance.now() + keepMs)
      shelf.used(slot)
      const session = atHand.peek(slot)
      if (session) atHand.set(slot, { ...session, ...clock })
    },
    takeOut,
    resize(to) {
      // First what may fail, while nothing has changed.
      const next = makeSessionShelf(to)
      max = to
      makeRoomFor(0)
      const moved = new Map<number, number>()
      for (const slot of shelf.byCome()) moved.set(slot, next.put(shelf.at(slot)))
      for (const slot of shelf.byUse()) next.used(moved.get(slot) ?? 0)
      shelf = next
      atHand.clear()
    },
    purge() {
      for (const slot of shelf.byCome()) if (shelf.isPast(slot)) takeOut(slot)
    },
    slots: () => [...shelf.byCome()],
    get size() {
      return shelf.size
    },
    get max() {
      return max
    },
  }
}

const namesOf = ({ id, sid, identity: { issuer, subject } }: Session) => ({
  id: nameOf(id),
  person: nameOf(issuer, subject),
  sid: sid === undefined ? undefined : nameOf(issuer, sid),
})

function askedFor(which: WhichSessions): Parameters<SessionShelf['slotsOf']> {
  if ('id' in which) return ['id', nameOf(which.id)]
  if ('sid' in which) return ['sid', nameOf(which.issuer, which.sid)]
  return ['person', nameOf(which.issuer, which.subject)]
}

/** The id in front, with its length in one byte, so that whoever asks for nothing else unpacks nothing else. */
function pack(session: Session): Buffer {
  const id = Buffer.from(session.id)
  return Buffer.concat([Buffer.of(id.length), id, deflateRawSync(sessionText({ ...session, id: '' }), compression)])
}

const LONGEST_ID = 255

function idIn(shelf: SessionShelf, slot: number): string {
  const [length = 0, ...id] = shelf.bytes(slot, 1 + LONGEST_ID)
  return Buffer.from(id.slice(0, length)).toString()
}

function unpack(shelf: SessionShelf, slot: number): Session {
  const bytes = shelf.bytes(slot)
  const text = inflateRawSync(bytes.subarray(1 + bytes.readUInt8()), compression).toString()
  return { ...readSessionText(text), id: idIn(shelf, slot), ...clockOf(shelf.facts(slot)) }
}
