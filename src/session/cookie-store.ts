// Sessions in the browser: the ticket is the sealed session itself. Only which ones are over is remembered here.
import { LRUCache } from 'lru-cache'
import { SallyportError } from '../core/errors.ts'
import { clockOf, type Session } from '../core/session.ts'
import type { CookieMemory } from './cookie-memory.ts'
import { nameOf } from './name-index.ts'
import type { Label, Sealer } from './seal.ts'
import { readSessionText, sessionText } from './session-text.ts'
import { type Entry, ended, type SessionStore } from './store.ts'
import { voidName } from './void-list.ts'

export type CookieStoreParts = {
  readonly sealer: Sealer
  readonly cookie: string
  /** The longest ticket that the browser will keep and that we could read back. */
  readonly room: number
  readonly memory: CookieMemory
}

/** So many sessions are at hand, each for the very ticket that it came out of. Whether it is over is asked every time. */
const MOST_AT_HAND = 1000

export function makeCookieStore({ sealer, cookie, room, memory }: CookieStoreParts): SessionStore {
  const label = (host: string): Label => ({ purpose: 'session', cookie, host })
  const ticketFor = ({ session, host }: Entry) => sealer.seal(sessionText(session), label(host))
  const fitting = (entry: Entry): string => {
    const ticket = ticketFor(entry)
    if (ticket.length <= room) return ticket
    throw new SallyportError('session-too-large', `sealed it takes ${ticket.length} bytes of cookies, ${room} fit`)
  }
  const atHand = new LRUCache<string, Session>({ max: MOST_AT_HAND })
  const open = (ticket: string, host: string): Session | undefined => {
    const text = sealer.open(ticket, label(host))
    return text === undefined ? undefined : readSessionText(text)
  }
  const read = (ticket: string, host: string): Session | undefined => {
    const name = Buffer.from(nameOf(ticket, host)).toString('base64url')
    const session = atHand.get(name) ?? open(ticket, host)
    if (session) atHand.set(name, session)
    return session
  }
  return {
    async add(entry) {
      const ticket = fitting(entry)
      memory.see(entry.session)
      return ticket
    },
    async find(ticket, host) {
      const carried = read(ticket, host)
      if (!carried) return { kind: 'unreadable' }
      const why = await memory.over(carried)
      if (why) return ended(why)
      const session = memory.newest(carried)
      memory.see(session)
      if (session.revision === carried.revision) return { kind: 'found', session }
      const renewed = ticketFor({ session, host, keepMs: 0 })
      return { kind: 'found', session, ...(renewed.length <= room && { ticket: renewed }) }
    },
    async touch(_ticket, entry) {
      if (await memory.over(entry.session)) return undefined
      const renewed = ticketFor(entry)
      // Another time may compress a few bytes worse; the ticket that fitted goes on then.
      return renewed.length <= room ? renewed : undefined
    },
    async replace(ticket, entry) {
      const carried = read(ticket, entry.host)
      if (!carried || (await memory.over(carried))) return undefined
      const kept = memory.newest(carried)
      const session = kept.revision >= entry.session.revision ? kept : { ...entry.session, ...clockOf(kept) }
      const renewed = fitting({ ...entry, session })
      memory.refreshed(session)
      memory.see(session)
      return { session, ticket: renewed }
    },
    async end(ticket, host) {
      const session = read(ticket, host)
      if (session) await memory.signOut(session)
    },
    async endWhere(which, startedBefore) {
      const name = voidName(which)
      const ids = memory.known(name, startedBefore)
      await memory.voids.add(name, startedBefore)
      return ids
    },
    revisionOf: async id => memory.revisionOf(id),
    list: async () => ({ sessions: [] }),
    count: undefined,
    async close() {},
  }
}
