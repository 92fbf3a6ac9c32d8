// The session of one browser: looked up, begun, refreshed and ended, whatever store keeps it.
import { randomBytes } from 'node:crypto'
import type { SessionFinding } from '../core/decide.ts'
import type { Identity } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import type { Device, Session, SessionLimits, Tokens } from '../core/session.ts'
import * as core from '../core/session.ts'
import type { SessionConfig } from '../core/settings.ts'
import { clearTicket, everyChunk, readTicket, writeTicket } from './cookie-chunks.ts'
import type { Browser } from './cookies.ts'
import type { Entry, Kept, SessionStore } from './store.ts'

export type SignIn = {
  readonly identity: Identity
  readonly tokens: Tokens
  readonly sid?: string
  readonly device?: Device
  /** The id of the session that this browser had, where the request does not show its cookies. */
  readonly replaces?: string | undefined
  /** The request cannot show what cookies of ours this browser has, so any may be there. */
  readonly isBlind?: boolean
}

/** What a refresh brought. */
export type Refreshed = { readonly identity: Identity; readonly tokens: Tokens }

export type Looking = {
  /** False: this request does not extend the session. */
  readonly slide?: boolean
  /** Shorter limits of a route: beyond them the session is over for this request, and goes on elsewhere. */
  readonly limits?: SessionLimits
  /** As all replicas know it now, not as this one remembers it. */
  readonly fresh?: boolean
}

export type Found = { readonly finding: SessionFinding; readonly setCookies: readonly string[] }
export type Begun = { readonly session: Session; readonly setCookies: readonly string[] }
export type Ended = { readonly ended: Session | undefined; readonly setCookies: readonly string[] }
/** The session that is in force now, ours or a newer one; undefined when it ended meanwhile. */
export type Replaced = { readonly session: Session | undefined; readonly setCookies: readonly string[] }

export type BrowserSessions = {
  find(browser: Browser, how?: Looking): Promise<Found>
  begin(signIn: SignIn, browser: Browser): Promise<Begun>
  replace(session: Session, refreshed: Refreshed, browser: Browser): Promise<Replaced>
  end(browser: Browser): Promise<Ended>
}

export type BrowserSessionsParts = {
  readonly store: SessionStore
  readonly settings: SessionConfig
  readonly log: Log
}

/** A provider that was taken out of the configuration vouches for nobody any more, and another one under its name never did. */
const isOfKnownProvider = ({ identity }: Session, { issuers }: SessionConfig): boolean =>
  Object.hasOwn(issuers, identity.provider) && issuers[identity.provider] === identity.issuer

type Ticketed = Kept & { readonly sent: string; readonly browser: Browser }

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
  const written = (ticket: string | undefined, session: Session, { cookies, now }: Browser): readonly string[] => {
    if (ticket === undefined) return []
    const maxAgeSeconds = (session.startedAt + settings.absoluteMs - now) / 1000
    return writeTicket({ ticket, maxAgeSeconds }, cookies, cookie)
  }
  const entry = (session: Session, { host }: Browser): Entry => ({
    session,
    host,
    keepMs: core.sessionExpiry(session, settings) - session.seenAt,
  })

  async function look(sent: string, browser: Browser, how: Looking): Promise<Found> {
    const lookup = await store.find(sent, browser.host, how.fresh ? { fresh: true } : undefined)
    if (lookup.kind === 'unreadable') return refused('not sealed by us', browser)
    if (lookup.kind === 'ended') return cleared({ kind: 'ended', why: lookup.why }, browser)
    return judge({ ...lookup, sent, browser }, how)
  }

  async function judge({ sent, session, ticket, browser }: Ticketed, how: Looking): Promise<Found> {
    // Not ended in the store: another replica may still have the configuration of before, or this one get it back.
    if (!isOfKnownProvider(session, settings)) return cleared({ kind: 'ended', why: 'revoked' }, browser)
    const over = core.sessionEnd(session, settings, browser.now)
    // It may have been used at another replica; only then is it worth asking.
    if (over === 'idle' && !how.fresh) return look(sent, browser, { ...how, fresh: true })
    if (over) {
      // Whoever only looks ends nothing: a ticket in a cookie may be an old one of a session that goes on.
      if (how.slide !== false) await store.end(sent, browser.host)
      return cleared({ kind: 'ended', why: over }, browser)
    }
    const overHere = how.limits && core.sessionEnd(session, how.limits, browser.now)
    if (overHere === 'idle' && !how.fresh) return look(sent, browser, { ...how, fresh: true })
    const setCookies = written(ticket, session, browser)
    if (overHere) return { finding: { kind: 'ended', why: overHere }, setCookies }
    if (how.slide === false || !core.needsTouch(session, settings.shortestIdleMs, browser.now))
      return { finding: { kind: 'found', session }, setCookies }
    return touch({
      sent,
      session: { ...session, ...core.pushedOn(session, browser.now) },
      browser,
      ...(ticket !== undefined && { ticket }),
    })
  }

  async function touch({ sent, session, ticket, browser }: Ticketed): Promise<Found> {
    const renewed = await store.touch(ticket ?? sent, entry(session, browser))
    return { finding: { kind: 'found', session }, setCookies: written(renewed ?? ticket, session, browser) }
  }

  async function end(browser: Browser): Promise<Ended> {
    const setCookies = clearTicket(browser.cookies, cookie)
    const reading = readTicket(browser.cookies, cookie.name)
    if (reading.kind !== 'ticket') return { ended: undefined, setCookies }
    const lookup = await store.find(reading.ticket, browser.host)
    await store.end(reading.ticket, browser.host)
    const lasted = lookup.kind === 'found' && !core.sessionEnd(lookup.session, settings, browser.now)
    return { ended: lasted ? lookup.session : undefined, setCookies }
  }

  return {
    async find(browser, how = {}) {
      const reading = readTicket(browser.cookies, cookie.name)
      if (reading.kind === 'none') return { finding: { kind: 'none' }, setCookies: [] }
      if (reading.kind === 'unreadable') return refused(reading.why, browser)
      return look(reading.ticket, browser, how)
    },
    async begin({ identity, tokens, sid, device = core.unknownDevice, replaces, isBlind }, browser) {
      // Before anything is added: whoever signs in anew takes nothing over and leaves nothing behind.
      await end(browser)
      if (replaces !== undefined) await store.endWhere({ id: replaces }, browser.now)
      const id = randomBytes(16).toString('base64url')
      const times = { startedAt: browser.now, seenAt: browser.now }
      const session = { id, identity, tokens, ...(sid === undefined ? {} : { sid }), device, revision: 0, ...times }
      const ticket = await store.add(entry(session, browser))
      const cookies = isBlind ? everyChunk(cookie) : browser.cookies
      return { session, setCookies: written(ticket, session, { ...browser, cookies }) }
    },
    async replace(session, { identity, tokens }, browser) {
      const reading = readTicket(browser.cookies, cookie.name)
      if (reading.kind !== 'ticket') return { session: undefined, setCookies: [] }
      const newer = { ...session, identity, tokens, revision: session.revision + 1 }
      const kept = await store.replace(reading.ticket, entry(newer, browser))
      return { session: kept?.session, setCookies: kept ? written(kept.ticket, kept.session, browser) : [] }
    },
    end,
  }
}
