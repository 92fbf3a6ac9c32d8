// The door of the session room: who this browser is, whom it becomes, which login it began, with the Set-Cookie lines for it.
import { setTimeout as pause } from 'node:timers/promises'
import type { Milliseconds } from '../core/duration.ts'
import type { Log } from '../core/log.ts'
import type { PendingLogin } from '../core/pending-login.ts'
import type { Secret } from '../core/secret.ts'
import type { Session, SessionFilter, WhichSessions } from '../core/session.ts'
import type { RedisConfig, SessionConfig } from '../core/settings.ts'
import type { Agreement, Lock } from './agreement.ts'
import type { Begun, Ended, Found, Looking, Refreshed, Replaced, SignIn } from './browser-sessions.ts'
import { makeBrowserSessions } from './browser-sessions.ts'
import { ticketRoom } from './cookie-chunks.ts'
import { makeCookieStore } from './cookie-store.ts'
import { type Browser, isOwn, readOwnCookies, withoutOwnCookies } from './cookies.ts'
import type { EndedListener } from './ended-signal.ts'
import { makePendingLogins, type Taken } from './pending-logins.ts'
import { nameWith } from './redis-names.ts'
import { makeRedisStore } from './redis-store.ts'
import { makeSealer } from './seal.ts'
import { makeShelter, type Shelter } from './shelter.ts'
import type { PageWanted, SessionPage, SessionStore } from './store.ts'

export type { Begun, Ended, EndedListener, Found, Lock, Looking, Refreshed, Replaced, SessionPage, SignIn, Taken }

/** `cookieHeader` is all Cookie lines of a request joined by `; `, `host` its canonical host name, `now` epoch milliseconds. */
export type Sessions = Agreement & {
  /** Looks up the session of this browser. setCookies: its renewed ticket, or the deletion of one that is dead or unreadable. */
  find(cookieHeader: string | undefined, host: string, now: number, how?: Looking): Promise<Found>
  /** A new session under a new id; an older one of this browser ends. Throws `session-too-large`. */
  begin(signIn: SignIn, cookieHeader: string | undefined, host: string, now: number): Promise<Begun>
  /** Writes what a refresh of `session` brought, over an older revision only. */
  replace(
    session: Session,
    refreshed: Refreshed,
    cookieHeader: string | undefined,
    host: string,
    now: number,
  ): Promise<Replaced>
  /** Ends the session of this browser: on our side, and every cookie of it. */
  end(cookieHeader: string | undefined, host: string, now: number): Promise<Ended>
  /** Ends those of these sessions that started before `startedBefore`, at every replica; answers the ids that are known. */
  endWhere(which: WhichSessions, startedBefore: number): Promise<readonly string[]>
  /** Every session that this person started before `at` is over, wherever it is kept; answers the ids that are known. */
  notBefore(issuer: string, subject: string, at: number): Promise<readonly string[]>
  /** Newest first. Empty where only the browsers know. */
  list(filter: SessionFilter, page: PageWanted): Promise<SessionPage>
  /** Called with the ids of sessions that ended, here or at another replica; sometimes twice. Answers how to stop that. */
  onEnded(listener: EndedListener): () => void
  /** Called when word of an end may have been missed: whatever is open should look its session up again. */
  onDoubt(listener: () => void): () => void
  /** True when the session got beyond `revision`, or ended, within the time: it is worth looking it up again, `fresh`. */
  waitForChange(id: string, revision: number, withinMs: Milliseconds): Promise<boolean>
  /** Seals a login under way into a cookie of its own: at most five per browser, expired ones swept, the oldest dropped. */
  remember(pending: PendingLogin, cookieHeader: string | undefined, host: string, now: number): readonly string[]
  /** The login that `state` began in this browser. Single use: handed out and forgotten in one step. */
  take(state: string, cookieHeader: string | undefined, host: string, now: number): Taken
  /** Ours to set and to read: never forwarded, and never accepted from an upstream. */
  isOwnCookie(name: string): boolean
  /** The Cookie header without ours; undefined when nothing is left. */
  withoutOwn(cookieHeader: string): string | undefined
  /** How many sessions are kept; undefined where only the browsers or the store know. */
  readonly count: number | undefined
  /** A door with new settings to the same sessions: after a reload with the same type of store everybody stays signed in. */
  renew(settings: SessionConfig): Sessions
  /** Lets go of everything, for every door to these sessions. */
  close(): Promise<void>
}

/** `headerBytes`: the most that the header of one request may have here, so that no session makes every later request too large. */
export const makeSessions = (settings: SessionConfig, log: Log, headerBytes = 16 * 1024): Sessions =>
  openDoor(settings, makeShelter(log, headerBytes))

function openDoor(settings: SessionConfig, shelter: Shelter): Sessions {
  const { cookie } = settings
  const [first = shelter.ownSecret, ...others] = settings.secrets
  const secrets = [first, ...others] as const
  const sealer = makeSealer(secrets)
  const store = storeFor(settings, secrets, shelter)
  const sessions = makeBrowserSessions({ store, settings, log: shelter.log })
  const logins = makePendingLogins({ sealer, cookie, used: shelter.used })
  const agreement = shelter.agreement(sharedRedis(settings))
  // A cookie with a domain is valid on every host below it, one without on this host alone.
  const browser = (header: string | undefined, host: string, now: number): Browser => ({
    cookies: readOwnCookies(header, cookie.name),
    host: cookie.domain ?? host,
    now,
  })
  return {
    ...agreement,
    find: (header, host, now, how) => sessions.find(browser(header, host, now), how),
    begin: (signIn, header, host, now) => sessions.begin(signIn, browser(header, host, now)),
    replace: (session, refreshed, header, host, now) =>
      sessions.replace(session, refreshed, browser(header, host, now)),
    end: (header, host, now) => sessions.end(browser(header, host, now)),
    endWhere: (which, startedBefore) => store.endWhere(which, startedBefore),
    notBefore: (issuer, subject, at) => store.endWhere({ issuer, subject }, at),
    list: (filter, page) => store.list(filter, page),
    onEnded: listener => shelter.signal.on(listener),
    onDoubt: listener => shelter.signal.onDoubt(listener),
    waitForChange: (id, revision, withinMs) => waitForChange(store, { id, revision, withinMs }),
    remember: (pending, header, host, now) => logins.remember(pending, browser(header, host, now)),
    take: (state, header, host, now) => logins.take(state, browser(header, host, now)),
    isOwnCookie: name => isOwn(name, cookie.name),
    withoutOwn: header => withoutOwnCookies(header, cookie.name),
    get count() {
      return store.count
    },
    renew: next => openDoor(next, shelter),
    close: () => shelter.close(),
  }
}

/** What a request carries besides its session: other headers, other cookies, logins under way. */
const OTHER_HEADER_BYTES = 6 * 1024

function storeFor(settings: SessionConfig, secrets: readonly [Secret, ...Secret[]], shelter: Shelter): SessionStore {
  const { cookie, store, absoluteMs } = settings
  const sealer = makeSealer(secrets)
  if (store.type === 'memory') return shelter.memory(store.maxSessions)
  if (store.type === 'redis') {
    const { link, cache } = shelter.redis(store.redis)
    const names = nameWith(link, secrets)
    return makeRedisStore({ redis: link, cache, names, sealer, signal: shelter.signal, absoluteMs })
  }
  const room = Math.min(ticketRoom(cookie), shelter.headerBytes - OTHER_HEADER_BYTES)
  return makeCookieStore({ sealer, cookie: cookie.name, room, memory: shelter.cookies(settings, store.notBefore) })
}

const sharedRedis = ({ store }: SessionConfig): RedisConfig | undefined =>
  store.type === 'redis' ? store.redis : store.type === 'cookie' ? store.notBefore : undefined

const LOOK_AGAIN_MS = 50

type Awaited = { readonly id: string; readonly revision: number; readonly withinMs: Milliseconds }

/** Only those wait whose session is being refreshed at another replica: a look now and then costs less than a message to all. */
async function waitForChange(store: SessionStore, { id, revision, withinMs }: Awaited): Promise<boolean> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const now = await store.revisionOf(id)
    if (now === undefined || now > revision) return true
    if (performance.now() >= deadline) return false
    await pause(LOOK_AGAIN_MS)
  }
}
