// Sessions in this process: the least recently used one gives way when there are too many. The browser carries 256 random bits.
import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { clockOf, matchesFilter, summaryOf } from '../core/session.ts'
import type { EndedSignal } from './ended-signal.ts'
import { makePackedSessions } from './packed-sessions.ts'
import { makeSessionIndex } from './session-index.ts'
import { ended, offsetOf, type SessionStore } from './store.ts'

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
  const sessions = makePackedSessions(maxSessions, (key, session) => {
    index.remove(key, session)
    signal.emit([session.id])
  })
  return {
    async add({ session, host, keepMs }) {
      const ticket = randomBytes(32).toString('base64url')
      const key = keyOf(ticket, host)
      index.add(key, session)
      sessions.add(key, session, keepMs)
      return ticket
    },
    async find(ticket, host) {
      if (!ticketShape.test(ticket)) return { kind: 'unreadable' }
      const key = keyOf(ticket, host)
      const session = sessions.get(key)
      if (session) return { kind: 'found', session }
      return ended(revoked.has(key) ? 'revoked' : 'unknown')
    },
    async touch(ticket, { session: { seenAt }, host, keepMs }) {
      const key = keyOf(ticket, host)
      const kept = sessions.facts(key)
      // Only the clock is taken over: a slow request must not write an old session over a newer one.
      if (kept && kept.seenAt < seenAt) sessions.touch(key, seenAt, keepMs)
      return undefined
    },
    async replace(ticket, { session, host }) {
      const key = keyOf(ticket, host)
      const kept = sessions.peek(key)
      if (!kept || kept.revision >= session.revision) return kept && { session: kept }
      const newer = { ...session, ...clockOf(kept) }
      sessions.replace(key, newer)
      return { session: newer }
    },
    async end(ticket, host) {
      sessions.delete(keyOf(ticket, host))
    },
    async endWhere(which, startedBefore) {
      const over = index.keysOf(which).flatMap(key => {
        const kept = sessions.facts(key)
        return kept && kept.startedAt < startedBefore ? [{ key, id: kept.id }] : []
      })
      for (const { key } of over) {
        revoked.set(key, true)
        sessions.delete(key)
      }
      return over.map(({ id }) => id)
    },
    async revisionOf(id) {
      const [key = ''] = index.keysOf({ id })
      return sessions.facts(key)?.revision
    },
    async list(filter, wanted) {
      sessions.purge()
      const { issuer, subject } = filter
      const isPerson = issuer !== undefined && subject !== undefined
      const keys = (isPerson ? index.keysOf({ issuer, subject }) : index.keys()).toReversed()
      const from = offsetOf(wanted)
      const to = from + wanted.limit
      const page = keys.slice(from, to).flatMap(key => sessions.peek(key) ?? [])
      const found = page.map(summaryOf).filter(summary => matchesFilter(summary, filter))
      return { sessions: found, ...(to < keys.length && { cursor: String(to) }) }
    },
    get count() {
      sessions.purge()
      return sessions.size
    },
    async close() {
      sessions.clear()
    },
    resize(max) {
      if (max !== sessions.max) sessions.resize(max)
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
