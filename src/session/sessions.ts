// The door of the session room: who this browser is, whom it becomes, which login it began, with the Set-Cookie lines for it.
import { randomBytes } from 'node:crypto'
import type { Log } from '../core/log.ts'
import type { PendingLogin } from '../core/pending-login.ts'
import { Secret } from '../core/secret.ts'
import type { SessionConfig } from '../core/settings.ts'
import { type Begun, type Ended, type Found, makeBrowserSessions, type SignIn } from './browser-sessions.ts'
import { ticketRoom } from './cookie-chunks.ts'
import { type EndedSessions, makeCookieStore, rememberEnded } from './cookie-store.ts'
import { type Browser, isOwn, readOwnCookies, withoutOwnCookies } from './cookies.ts'
import { type MemoryStore, makeMemoryStore } from './memory-store.ts'
import { makePendingLogins, rememberUsed, type Taken, type UsedStates } from './pending-logins.ts'
import { makeSealer, type Sealer } from './seal.ts'
import type { SessionStore } from './store.ts'

export type { Begun, Ended, Found, SignIn, Taken }

/** `cookieHeader` is all Cookie lines of a request joined by `; `, `host` its canonical host name, `now` epoch milliseconds. */
export type Sessions = {
  /** Looks up the session of this browser. setCookies: its renewed ticket, or the deletion of one that is dead or unreadable. */
  find(cookieHeader: string | undefined, host: string, now: number): Promise<Found>
  /** A new session under a new id; an older one of this browser ends. Throws `session-too-large`. */
  begin(signIn: SignIn, cookieHeader: string | undefined, host: string, now: number): Promise<Begun>
  /** Ends the session of this browser: on our side, and every cookie of it. */
  end(cookieHeader: string | undefined, host: string, now: number): Promise<Ended>
  /** Seals a login under way into a cookie of its own: at most five per browser, expired ones swept, the oldest dropped. */
  remember(pending: PendingLogin, cookieHeader: string | undefined, host: string, now: number): readonly string[]
  /** The login that `state` began in this browser. Single use: handed out and forgotten in one step. */
  take(state: string, cookieHeader: string | undefined, host: string, now: number): Taken
  /** Ours to set and to read: never forwarded, and never accepted from an upstream. */
  isOwnCookie(name: string): boolean
  /** The Cookie header without ours; undefined when nothing is left. */
  withoutOwn(cookieHeader: string): string | undefined
  /** How many sessions are kept; undefined where only the browsers know. */
  readonly count: number | undefined
  /** A door with new settings to the same sessions: after a reload with the same type of store everybody stays signed in. */
  renew(settings: SessionConfig): Sessions
  /** Lets go of everything, for every door to these sessions. */
  close(): Promise<void>
}

/** What outlives a reload. */
type Lasting = {
  readonly ownSecret: Secret
  readonly memory: MemoryStore | undefined
  readonly ended: EndedSessions
  readonly used: UsedStates
  readonly log: Log
  readonly headerBytes: number
}

/** `headerBytes`: the most that the header of one request may have here, so that no session makes every later request too large. */
export function makeSessions(settings: SessionConfig, log: Log, headerBytes = 16 * 1024): Sessions {
  const ownSecret = new Secret(randomBytes(32).toString('base64url'))
  const lasting = { ownSecret, memory: undefined, ended: rememberEnded(), used: rememberUsed(), log, headerBytes }
  return openDoor(settings, lasting)
}

function openDoor(settings: SessionConfig, before: Lasting): Sessions {
  const { cookie } = settings
  const [first = before.ownSecret, ...others] = settings.secrets
  const sealer = makeSealer([first, ...others])
  const lasting = { ...before, memory: memoryFor(settings, before) }
  const store = lasting.memory ?? cookieStoreFor(settings, sealer, lasting)
  const sessions = makeBrowserSessions({ store, settings, log: lasting.log })
  const logins = makePendingLogins({ sealer, cookie, used: lasting.used })
  // A cookie with a domain is valid on every host below it, one without on this host alone.
  const browser = (header: string | undefined, host: string, now: number): Browser => ({
    cookies: readOwnCookies(header, cookie.name),
    host: cookie.domain ?? host,
    now,
  })
  return {
    find: (header, host, now) => sessions.find(browser(header, host, now)),
    begin: (signIn, header, host, now) => sessions.begin(signIn, browser(header, host, now)),
    end: (header, host, now) => sessions.end(browser(header, host, now)),
    remember: (pending, header, host, now) => logins.remember(pending, browser(header, host, now)),
    take: (state, header, host, now) => logins.take(state, browser(header, host, now)),
    isOwnCookie: name => isOwn(name, cookie.name),
    withoutOwn: header => withoutOwnCookies(header, cookie.name),
    get count() {
      return store.count
    },
    renew: next => openDoor(next, lasting),
    close: () => store.close(),
  }
}

function memoryFor({ store }: SessionConfig, { memory }: Lasting): MemoryStore | undefined {
  if (store.type !== 'memory') return undefined
  memory?.resize(store.maxSessions)
  return memory ?? makeMemoryStore(store.maxSessions)
}

/** What a request carries besides its session: other headers, other cookies, logins under way. */
const OTHER_HEADER_BYTES = 6 * 1024

function cookieStoreFor({ cookie }: SessionConfig, sealer: Sealer, { ended, headerBytes }: Lasting): SessionStore {
  const room = Math.min(ticketRoom(cookie), headerBytes - OTHER_HEADER_BYTES)
  return makeCookieStore({ sealer, cookie: cookie.name, room, ended })
}
