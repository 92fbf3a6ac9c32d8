// Sessions in this process: the least recently used one gives way when there are too many. The browser carries 256 random bits.
import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { matchesFilter, type Session, summaryOf } from '../core/session.ts'
import type { EndedSignal } from './ended-signal.ts'
import { makeSessionIndex } from './session-index.ts'
import { ended, offsetOf, type SessionPage, type SessionStore } from './store.ts'

export type MemoryStore = SessionStore & {
  /** Another bound from now on; the sessions stay, the least recently used ones beyond it go. */
  resize(maxSessions: number): void
}

const ticketShape = /^[A-Za-z0-9_-]{43}$/

/** So many revoked sessions can still say that they were; an older one is unknown. */
const MOST_REVOKED = 10_000

export function makeMemoryStore(maxSessions: number, signal: EndedSignal): MemoryStore {
  const index = makeSessionIndex()
  const revoked = new LRUCache<string, true>({ max: MOST_REVOKED })
  /** A session past its time is handed out once more, so that the door can say why it ended. */
  const roomFor = (max: number) =>
    new LRUCache<string, Session>({
      max,
      allowStale: true,
      dispose(session, key, reason) {
        if (reason === 'set') return
        index.remove(key, session)
        signal.emit([session.id])
      },
    })
  let sessions = roomFor(maxSessions)
  return {
    async add({ session, host, keepMs }) {
      const ticket = randomBytes(32).toString('base64url')
      const key = keyOf(ticket, host)
      index.add(key, session)
      sessions.set(key, session, { ttl: keepMs })
      return ticket
    },
    async find(ticket, host) {
      if (!ticketShape.test(ticket)) return { kind: 'unreadable' }
      const key = keyOf(ticket, host)
      const session = sessions.get(key)
      if (session) return { kind: 'found', session }
      return ended(revoked.has(key) ? 'revoked' : 'unknown')
    },
    async touch(ticket, { session, host, keepMs }) {
      const key = keyOf(ticket, host)
      const kept = sessions.peek(key)
      // Only the clock is taken over: a slow request must not write an old session over a newer one.
      if (kept && kept.seenAt < session.seenAt) sessions.set(key, { ...kept, seenAt: session.seenAt }, { ttl: keepMs })
      return undefined
    },
    async replace(ticket, { session, host }) {
      const key = keyOf(ticket, host)
      const kept = sessions.peek(key)
      if (!kept) return undefined
      if (kept.revision >= session.revision) return { session: kept }
      const newer = { ...session, seenAt: kept.seenAt }
      sessions.set(key, newer, { ttl: sessions.getRemainingTTL(key) })
      return { session: newer }
    },
    async end(ticket, host) {
      sessions.delete(keyOf(ticket, host))
    },
    async endWhere(which, startedBefore) {
      const over = index.keysOf(which).flatMap(key => {
        const session = sessions.peek(key)
        return session && session.startedAt < startedBefore ? [{ key, id: session.id }] : []
      })
      for (const { key } of over) {
        revoked.set(key, true)
        sessions.delete(key)
      }
      return over.map(({ id }) => id)
    },
    async revisionOf(id) {
      const [key = ''] = index.keysOf({ id })
      return sessions.peek(key)?.revision
    },
    async list(filter, wanted): Promise<SessionPage> {
      sessions.purgeStale()
      const all = Array.from(sessions.values(), summaryOf).filter(summary => matchesFilter(summary, filter))
      const from = offsetOf(wanted)
      const to = from + wanted.limit
      const page = all.toSorted((a, b) => b.startedAt - a.startedAt).slice(from, to)
      return { sessions: page, ...(to < all.length && { cursor: String(to) }) }
    },
    get count() {
      sessions.purgeStale()
      return sessions.size
    },
    async close() {
      sessions.clear()
    },
    resize(max) {
      if (max === sessions.max) return
      const before = sessions.dump()
      sessions = roomFor(max)
      sessions.load(before)
    },
  }
}

/**
 * Keyed by a hash: neither a memory dump nor the timing of a lookup tells a ticket. Tickets have one length, so ticket
 * and host cannot run together.
 */
const keyOf = (ticket: string, host: string): string =>
  createHash('sha256')
    .update(ticket + host)
    .digest('base64url')
