// Logins under way, each sealed into a short-lived cookie of its own: nothing is kept here before anybody has signed in.
import { createHash, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { isStale, PENDING_LOGIN_MS, type PendingLogin, type ResponseMode } from '../core/pending-login.ts'
import type { CookieConfig } from '../core/settings.ts'
import { type Browser, type Cookie, deleteCookies, setCookie } from './cookies.ts'
import type { Sealer } from './seal.ts'

export type PendingLogins = {
  /** The Set-Cookie lines that keep this login, and let go of expired ones and of the oldest beyond what a browser may hold. */
  remember(pending: PendingLogin, browser: Browser): readonly string[]
  /** Single use: hands the login out and forgets it in one step. */
  take(state: string, browser: Browser): Taken
}

export type Taken = { readonly setCookies: readonly string[] } & (
  | { readonly pending: PendingLogin; readonly why?: never }
  | { readonly pending: undefined; readonly why: 'unknown' | 'expired' | 'used' }
)

export type UsedStates = LRUCache<string, true>

/** A state stays used for as long as a copy of its cookie could still be opened. Outlives a reload. */
export const rememberUsed = (): UsedStates => new LRUCache({ max: 20_000, ttl: PENDING_LOGIN_MS })

// Abandoned logins must not grow a browser's request header until a server on the way refuses it.
const MOST_PENDING = 5
const MOST_PENDING_BYTES = 4 * 1024

export type PendingLoginsParts = {
  readonly sealer: Sealer
  readonly cookie: CookieConfig
  readonly used: UsedStates
}

export function makePendingLogins({ sealer, cookie, used }: PendingLoginsParts): PendingLogins {
  // A strict cookie would be missing at the callback, where the browser arrives from the provider's site; a lax one as
  // well where it arrives with a form (RFC 6265bis 5.8.3).
  const configFor = (mode: ResponseMode): CookieConfig => ({
    ...cookie,
    sameSite: mode === 'form_post' ? 'none' : 'lax',
  })
  const config = configFor('query')
  const prefix = `${cookie.name}.login.`
  const labelled = (name: string, host: string) => ({ purpose: 'pending-login', cookie: name, host }) as const

  const open = ({ name, value }: Cookie, host: string): KeptLogin | undefined => {
    const text = sealer.open(value, labelled(name, host))
    return text === undefined ? undefined : { name, bytes: value.length, pending: JSON.parse(text) as PendingLogin }
  }

  return {
    remember(pending, { cookies, host, now }) {
      const name = prefix + shortId(pending.state)
      const value = sealer.seal(JSON.stringify(pending), labelled(name, host))
      const ours = cookies.filter(cookie => isPendingName(cookie.name, prefix))
      const live = once(ours).flatMap(cookie => open(cookie, host) ?? [])
      const kept = newest(live, now, value.length).map(login => login.name)
      const gone = ours.map(cookie => cookie.name).filter(other => !kept.includes(other))
      return [
        ...deleteCookies(gone, config),
        setCookie({ name, value, maxAgeSeconds: PENDING_LOGIN_MS / 1000 }, configFor(pending.responseMode)),
      ]
    },

    take(state, { cookies, host, now }) {
      const name = prefix + shortId(state)
      const copies = cookies.filter(cookie => cookie.name === name)
      const setCookies = deleteCookies(copies.length > 0 ? [name] : [], config)
      const [pending] = once(copies).flatMap(cookie => open(cookie, host)?.pending ?? [])
      const mark = digest(state).toString('base64url')
      if (used.has(mark)) return { pending: undefined, why: 'used', setCookies }
      if (!pending || !timingSafeEqual(digest(pending.state), digest(state)))
        return { pending: undefined, why: 'unknown', setCookies }
      used.set(mark, true)
      return isStale(pending, now) ? { pending: undefined, why: 'expired', setCookies } : { pending, setCookies }
    },
  }
}

type KeptLogin = { readonly name: string; readonly bytes: number; readonly pending: PendingLogin }

/** The newest logins that may stay beside a new one of `newBytes`. */
function newest(logins: readonly KeptLogin[], now: number, newBytes: number): readonly KeptLogin[] {
  const kept: KeptLogin[] = []
  let bytes = newBytes
  const live = logins.filter(({ pending }) => !isStale(pending, now))
  for (const login of live.toSorted((a, b) => b.pending.startedAt - a.pending.startedAt)) {
    bytes += login.bytes
    if (kept.length === MOST_PENDING - 1 || bytes > MOST_PENDING_BYTES) break
    kept.push(login)
  }
  return kept
}

/** A name that came twice says nothing: one of the two was not set by us. */
const once = (cookies: readonly Cookie[]): readonly Cookie[] =>
  [...Map.groupBy(cookies, ({ name }) => name).values()].filter(copies => copies.length === 1).flat()

const isPendingName = (name: string, prefix: string): boolean =>
  name.startsWith(prefix) && /^[A-Za-z0-9_-]{12}$/.test(name.slice(prefix.length))

/** Names the cookie, so that a callback finds its own login among several; 72 bits of a hash, which tell nothing about the state. */
const shortId = (state: string): string => digest(state).toString('base64url').slice(0, 12)

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
