// The session of one browser: looked up, begun and ended, whatever store keeps it.
import { randomBytes } from 'node:crypto'
import type { SessionFinding } from '../core/decide.ts'
import type { Identity } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import { needsTouch, type Session, sessionEnd, sessionExpiry, type Tokens } from '../core/session.ts'
import type { SessionConfig } from '../core/settings.ts'
import { clearTicket, readTicket, writeTicket } from './cookie-chunks.ts'
import type { Browser } from './cookies.ts'
import type { Entry, SessionStore } from './store.ts'

export type SignIn = { readonly identity: Identity; readonly tokens: Tokens; readonly sid?: string }

export type Found = { readonly finding: SessionFinding; readonly setCookies: readonly string[] }
export type Begun = { readonly session: Session; readonly setCookies: readonly string[] }
export type Ended = { readonly ended: Session | undefined; readonly setCookies: readonly string[] }

export type BrowserSessions = {
  find(browser: Browser): Promise<Found>
  begin(signIn: SignIn, browser: Browser): Promise<Begun>
  end(browser: Browser): Promise<Ended>
}

export type BrowserSessionsParts = {
  readonly store: SessionStore
  readonly settings: SessionConfig
  readonly log: Log
}

export function makeBrowserSessions({ store, settings, log }: BrowserSessionsParts): BrowserSessions {
  const { cookie } = settings
  const cleared = (finding: SessionFinding, { cookies }: Browser): Found => ({
    finding,
    setCookies: clearTicket(cookies, cookie),
  })
  const refused = (why: string, browser: Browser): Found => {
    log.info({ why }, 'the session cookie could not be read')
    return cleared({ kind: 'unreadable' }, browser)
  }
  const written = (ticket: string, session: Session, { cookies, now }: Browser): readonly string[] => {
    const maxAgeSeconds = (session.startedAt + settings.absoluteMs - now) / 1000
    return writeTicket({ ticket, maxAgeSeconds }, cookies, cookie)
  }
  const entry = (session: Session, { host }: Browser): Entry => ({
    session,
    host,
    keepMs: sessionExpiry(session, settings) - session.seenAt,
  })

  async function judge(ticket: string, session: Session, browser: Browser): Promise<Found> {
    const over = sessionEnd(session, settings, browser.now)
    if (over) {
      await store.end(ticket, browser.host)
      return cleared({ kind: 'ended', why: over }, browser)
    }
    if (!needsTouch(session, settings, browser.now)) return { finding: { kind: 'found', session }, setCookies: [] }
    return touch(ticket, { ...session, seenAt: browser.now }, browser)
  }

  async function touch(ticket: string, session: Session, browser: Browser): Promise<Found> {
    const renewed = await store.touch(ticket, entry(session, browser))
    const setCookies = renewed === undefined ? [] : written(renewed, session, browser)
    return { finding: { kind: 'found', session }, setCookies }
  }

  async function end(browser: Browser): Promise<Ended> {
    const setCookies = clearTicket(browser.cookies, cookie)
    const reading = readTicket(browser.cookies, cookie.name)
    if (reading.kind !== 'ticket') return { ended: undefined, setCookies }
    const session = await store.find(reading.ticket, browser.host)
    await store.end(reading.ticket, browser.host)
    const lasted = session && session !== 'unreadable' && !sessionEnd(session, settings, browser.now)
    return { ended: lasted ? session : undefined, setCookies }
  }

  return {
    async find(browser) {
      const reading = readTicket(browser.cookies, cookie.name)
      if (reading.kind === 'none') return { finding: { kind: 'none' }, setCookies: [] }
      if (reading.kind === 'unreadable') return refused(reading.why, browser)
      const session = await store.find(reading.ticket, browser.host)
      if (session === 'unreadable') return refused('not sealed by us', browser)
      if (!session) return cleared({ kind: 'ended', why: 'unknown' }, browser)
      return judge(reading.ticket, session, browser)
    },
    async begin({ identity, tokens, sid }, browser) {
      // Before anything is added: whoever signs in anew takes nothing over and leaves nothing behind.
      await end(browser)
      const id = randomBytes(16).toString('base64url')
      const times = { startedAt: browser.now, seenAt: browser.now }
      const session: Session = { id, identity, tokens, ...(sid === undefined ? {} : { sid }), ...times }
      const ticket = await store.add(entry(session, browser))
      return { session, setCookies: written(ticket, session, browser) }
    },
    end,
  }
}
