// Sessions in little room: two tokens and their claims say most things twice, which compression takes out. Those in use are at hand.
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { Milliseconds } from '../core/duration.ts'
import { type Clock, clockOf, pushedOn, type Session } from '../core/session.ts'
import { readSessionText, sessionText } from './session-text.ts'
import { typicalText } from './typical-text.ts'

/** A bounded shelf: the least recently used one gives way. */
export type PackedSessions = {
  /** One past its time is handed out once more, so that the door can say why it ended. */
  get(key: string): Session | undefined
  /** Does not count as use. */
  peek(key: string): Session | undefined
  /** What is known without unpacking. */
  facts(key: string): SessionFacts | undefined
  add(key: string, session: Session, keepMs: Milliseconds): void
  /** Another one in its place, for as long as that one had. */
  replace(key: string, session: Session): void
  touch(key: string, seenAt: number, keepMs: Milliseconds): void
  delete(key: string): void
  resize(max: number): void
  /** Lets go of what is past its time. */
  purge(): void
  readonly size: number
  readonly max: number
  clear(): void
}

export type SessionFacts = Pick<Session, 'id' | 'startedAt' | 'revision'> & Clock

/** One character per byte: a small Buffer costs more than the bytes in it. */
type Packed = SessionFacts & { readonly packed: string }

const MOST_AT_HAND = 2000

/** Takes away a third: by itself a session is too short to repeat much. */
const dictionary = Buffer.from(typicalText)

/** `onGone`: it was taken out, gave way or was past its time. */
export function makePackedSessions(max: number, onGone: (key: string, session: Session) => void): PackedSessions {
  const atHand = new LRUCache<string, Session>({ max: MOST_AT_HAND })
  const opened = (key: string, packed: Packed): Session => atHand.get(key) ?? unpack(packed)
  const shelfOf = (max: number) =>
    new LRUCache<string, Packed>({
      max,
      allowStale: true,
      dispose(packed, key, reason) {
        if (reason === 'set') return
        onGone(key, opened(key, packed))
        atHand.delete(key)
      },
    })
  let shelf = shelfOf(max)
  return {
    get(key) {
      const known = atHand.get(key)
      const packed = shelf.get(key)
      if (!packed) return undefined
      const session = known ?? unpack(packed)
      if (shelf.has(key)) atHand.set(key, session)
      return session
    },
    peek(key) {
      const packed = shelf.peek(key)
      return packed && opened(key, packed)
    },
    facts: key => shelf.peek(key),
    add(key, session, keepMs) {
      shelf.set(key, pack(session), { ttl: keepMs })
      atHand.set(key, session)
    },
    replace(key, session) {
      shelf.set(key, pack(session), { ttl: shelf.getRemainingTTL(key) })
      atHand.set(key, session)
    },
    touch(key, seenAt, keepMs) {
      const packed = shelf.peek(key)
      if (!packed) return
      const clock = pushedOn(packed, seenAt)
      shelf.set(key, { ...packed, ...clock }, { ttl: keepMs })
      const session = atHand.peek(key)
      if (session) atHand.set(key, { ...session, ...clock })
    },
    delete: key => void shelf.delete(key),
    resize(max) {
      const before = shelf.dump()
      shelf = shelfOf(max)
      shelf.load(before)
    },
    purge: () => void shelf.purgeStale(),
    get size() {
      return shelf.size
    },
    get max() {
      return shelf.max
    },
    clear: () => shelf.clear(),
  }
}

function pack(session: Session): Packed {
  const { id, startedAt, revision } = session
  const packed = deflateRawSync(sessionText(session), { dictionary }).toString('latin1')
  return { id, startedAt, revision, ...clockOf(session), packed }
}

const unpack = ({ packed, ...facts }: Packed): Session => ({
  ...readSessionText(inflateRawSync(Buffer.from(packed, 'latin1'), { dictionary }).toString()),
  ...clockOf(facts),
})
