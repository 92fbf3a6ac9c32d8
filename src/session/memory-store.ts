// Sessions in this process: the least recently used one gives way when there are too many. The browser carries 256 random bits.
import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Session } from '../core/session.ts'
import type { SessionStore } from './store.ts'

export type MemoryStore = SessionStore & {
  /** Another bound from now on; the sessions stay, the least recently used ones beyond it go. */
  resize(maxSessions: number): void
}

const ticketShape = /^[A-Za-z0-9_-]{43}$/

export function makeMemoryStore(maxSessions: number): MemoryStore {
  let sessions = roomFor(maxSessions)
  return {
    async add({ session, host, keepMs }) {
      const ticket = randomBytes(32).toString('base64url')
      sessions.set(keyOf(ticket, host), session, { ttl: keepMs })
      return ticket
    },
    async find(ticket, host) {
      return ticketShape.test(ticket) ? sessions.get(keyOf(ticket, host)) : 'unreadable'
    },
    async touch(ticket, { session, host, keepMs }) {
      const key = keyOf(ticket, host)
      const kept = sessions.peek(key)
      // Only the clock is taken over: a slow request must not write an old session over a newer one.
      if (kept && kept.seenAt < session.seenAt) sessions.set(key, { ...kept, seenAt: session.seenAt }, { ttl: keepMs })
      return undefined
    },
    async end(ticket, host) {
      sessions.delete(keyOf(ticket, host))
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

/** A session past its time is handed out once more, so that the door can say why it ended. */
const roomFor = (max: number) => new LRUCache<string, Session>({ max, allowStale: true })

/**
 * Keyed by a hash: neither a memory dump nor the timing of a lookup tells a ticket. Tickets have one length, so ticket
 * and host cannot run together.
 */
const keyOf = (ticket: string, host: string): string =>
  createHash('sha256')
    .update(ticket + host)
    .digest('base64url')
