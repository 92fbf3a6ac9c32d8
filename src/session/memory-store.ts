// Sessions in this process: the least recently used one gives way when there are too many. The browser carries 256 random bits.
import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { clockOf, matchesFilter, summaryOf } from '../core/session.ts'
import type { EndedSignal } from './ended-signal.ts'
import { type Name, nameOf } from './name-index.ts'
import { makePackedSessions } from './packed-sessions.ts'
import { ended, offsetOf, type SessionStore } from './store.ts'

export type MemoryStore = SessionStore & {
  /** Another bound from now on; the sessions stay, the least recently used ones beyond it go. */
  resize(maxSessions: number): void
}

const ticketShape = /^[A-Za-z0-9_-]{43}$/

/** So many revoked sessions can still say that they were; an older one is unknown. */
const MOST_REVOKED = 10_000

export function makeMemoryStore(maxSessions: number, signal: EndedSignal): MemoryStore {
  const revoked = new LRUCache<string, true>({ max: MOST_REVOKED })
  const sessions = makePackedSessions(maxSessions, id => signal.emit([id]))
  /** By a digest: neither a memory dump nor the timing of a lookup tells a ticket. */
  const slotOf = (ticket: string, host: string): number | undefined => sessions.slotOf(nameOf(ticket, host))
  return {
    async add({ session, host, keepMs }) {
      const ticket = randomBytes(32).toString('base64url')
      sessions.add(nameOf(ticket, host), session, keepMs)
      return ticket
    },
    async find(ticket, host) {
      if (!ticketShape.test(ticket)) return { kind: 'unreadable' }
      const name = nameOf(ticket, host)
      const slot = sessions.slotOf(name)
      if (slot !== undefined) return { kind: 'found', session: sessions.use(slot) }
      return ended(revoked.has(textOf(name)) ? 'revoked' : 'unknown')
    },
    async touch(ticket, { session: { seenAt }, host, keepMs }) {
      const slot = slotOf(ticket, host)
      // Only the clock is taken over: a slow request must not write an old session over a newer one.
      if (slot !== undefined && sessions.facts(slot).seenAt < seenAt) sessions.touch(slot, seenAt, keepMs)
      return undefined
    },
    async replace(ticket, { session, host }) {
      const slot = slotOf(ticket, host)
      if (slot === undefined) return undefined
      const kept = sessions.read(slot)
      if (kept.revision >= session.revision) return { session: kept }
      const newer = { ...session, ...clockOf(kept) }
      sessions.replace(slot, newer)
      return { session: newer }
    },
    async end(ticket, host) {
      const slot = slotOf(ticket, host)
      if (slot !== undefined) sessions.takeOut(slot)
    },
    async endWhere(which, startedBefore) {
      const over = sessions.slotsOf(which).filter(slot => sessions.facts(slot).startedAt < startedBefore)
      return over.map(slot => {
        const id = sessions.idOf(slot)
        revoked.set(textOf(sessions.ticketOf(slot)), true)
        sessions.takeOut(slot)
        return id
      })
    },
    async revisionOf(id) {
      const [slot] = sessions.slotsOf({ id })
      return slot === undefined ? undefined : sessions.facts(slot).revision
    },
    async list(filter, wanted) {
      sessions.purge()
      const { issuer, subject } = filter
      const isPerson = issuer !== undefined && subject !== undefined
      const newestFirst = isPerson ? sessions.slotsOf({ issuer, subject }) : sessions.slots().toReversed()
      const from = offsetOf(wanted)
      const to = from + wanted.limit
      const page = newestFirst.slice(from, to).map(slot => summaryOf(sessions.read(slot)))
      const found = page.filter(summary => matchesFilter(summary, filter))
      return { sessions: found, ...(to < newestFirst.length && { cursor: String(to) }) }
    },
    get count() {
      sessions.purge()
      return sessions.size
    },
    async close() {
      for (const slot of sessions.slots()) sessions.takeOut(slot)
    },
    resize(max) {
      if (max !== sessions.max) sessions.resize(max)
    },
  }
}

const textOf = (ticket: Name): string => Buffer.from(ticket).toString('base64url')
