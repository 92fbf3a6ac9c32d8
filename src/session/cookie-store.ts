// Sessions in the browser: the ticket is the sealed session itself. Only which ones ended is remembered here, until we stop.
import { LRUCache } from 'lru-cache'
import { SallyportError } from '../core/errors.ts'
import type { Session } from '../core/session.ts'
import type { Label, Sealer } from './seal.ts'
import { readSessionText, sessionText } from './session-text.ts'
import type { Entry, SessionStore } from './store.ts'

export type EndedSessions = LRUCache<string, true>

/** Outlives a reload, so that a session that ended stays ended. */
export const rememberEnded = (): EndedSessions => new LRUCache({ max: 50_000 })

export type CookieStoreParts = {
  readonly sealer: Sealer
  readonly cookie: string
  /** The longest ticket that the browser will keep and that we could read back. */
  readonly room: number
  readonly ended: EndedSessions
}

export function makeCookieStore({ sealer, cookie, room, ended }: CookieStoreParts): SessionStore {
  const label = (host: string): Label => ({ purpose: 'session', cookie, host })
  const ticketFor = ({ session, host }: Entry) => sealer.seal(sessionText(session), label(host))
  const read = (ticket: string, host: string): Session | undefined => {
    const text = sealer.open(ticket, label(host))
    return text === undefined ? undefined : readSessionText(text)
  }
  return {
    async add(entry) {
      const ticket = ticketFor(entry)
      if (ticket.length <= room) return ticket
      throw new SallyportError('session-too-large', `sealed it takes ${ticket.length} bytes of cookies, ${room} fit`)
    },
    async find(ticket, host) {
      const session = read(ticket, host)
      if (!session) return 'unreadable'
      return ended.has(session.id) ? undefined : session
    },
    async touch(_ticket, entry) {
      if (ended.has(entry.session.id)) return undefined
      const renewed = ticketFor(entry)
      // Another time may compress a few bytes worse; the ticket that fitted goes on then.
      return renewed.length <= room ? renewed : undefined
    },
    async end(ticket, host) {
      const session = read(ticket, host)
      if (session) ended.set(session.id, true)
    },
    count: undefined,
    async close() {},
  }
}
