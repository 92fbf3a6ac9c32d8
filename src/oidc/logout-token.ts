// Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6): a provider says, signed, who is to be signed out.
import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Milliseconds } from '../core/duration.ts'
import type { Claims } from '../core/identity.ts'
import type { ProviderConfig } from '../core/settings.ts'
import { audience, expiry, issuedAt } from './id-token.ts'
import type { KeyRing } from './jwks.ts'
import { verifySignature } from './signature.ts'

export type Logout = {
  /** The session that the token names, or everything of its subject when it names none (2.7). */
  readonly which:
    | { readonly issuer: string; readonly sid: string }
    | { readonly issuer: string; readonly subject: string }
  /** Epoch milliseconds. Sessions begun at this time or later are not meant. */
  readonly startedBefore: number
  /** The token is good once: under this key, for as long as it would be accepted again. */
  readonly onceKey: string
  readonly onceMs: Milliseconds
}

export type LogoutReading = { readonly ok: true; readonly logout: Logout } | LogoutRefusal

/** `check` names what did not hold and may be told to anybody; `found` is for the log. Neither quotes the token. */
export type LogoutRefusal = { readonly ok: false; readonly check: string; readonly found: string }

export type LogoutTerms = {
  readonly settings: Pick<ProviderConfig, 'issuer' | 'clientId' | 'idTokenAlgs' | 'clockSkewMs'>
  readonly ring: KeyRing
  /** Epoch milliseconds. */
  readonly now: number
}

type Expected = Pick<ProviderConfig, 'issuer' | 'clientId'> & { readonly now: number; readonly skewMs: Milliseconds }

type Check = (claims: Claims, expected: Expected) => string | undefined

const MOST_TOKEN_CHARACTERS = 16 * 1024
const MOST_NAME_CHARACTERS = 1024
const OLDEST_MS = 5 * 60_000
const CLOCKS_DIFFER_MS = 2000
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

const checks: Readonly<Record<string, Check>> = {
  iss: issuer,
  aud: audience,
  iat: issuedLately,
  exp: expiry,
  jti: tokenId,
  events: logoutEvent,
  nonce: noNonce,
  'sub or sid': whom,
}

/** The issuer that a token names: proven by nobody yet, but it says which provider has to prove it. */
export function issuerNamedIn(token: string): string | undefined {
  if (!looksLikeToken(token)) return undefined
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/** Throws when the provider's keys cannot be had; whether the token holds is a value. */
export async function readLogoutToken(token: string, { settings, ring, now }: LogoutTerms): Promise<LogoutReading> {
  if (!looksLikeToken(token)) return refused('form', 'it is longer than 16 KiB or not three base64url segments')
  if (!isOfLogoutType(token)) return refused('typ', 'its typ is that of another kind of token')
  const verified = await verifySignature(token, { ring, algs: settings.idTokenAlgs, now })
  if (!verified.ok) return refused('signature', verified.problem)
  const { issuer, clientId, clockSkewMs: skewMs } = settings
  const expected = { issuer, clientId, now, skewMs }
  for (const [check, problemOf] of Object.entries(checks)) {
    const problem = problemOf(verified.claims, expected)
    if (problem) return refused(check, problem)
  }
  return { ok: true, logout: logoutIn(verified.claims, expected) }
}

const refused = (check: string, found: string): LogoutRefusal => ({ ok: false, check, found })

/** Before anything is split or decoded: a million dots are a million strings. */
const looksLikeToken = (token: string): boolean =>
  token.length <= MOST_TOKEN_CHARACTERS && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)

/**
 * `logout+jwt` is recommended only, so a token without a type, or with the one of all JWTs, may be one as well: its
 * `events` tell. A type that says something else is believed (RFC 8725 3.11).
 */
function isOfLogoutType(token: string): boolean {
  try {
    const { typ = 'JWT' } = decodeProtectedHeader(token)
    return /^(?:JWT|(?:application\/)?logout\+jwt)$/i.test(typ)
  } catch {
    return false
  }
}

function issuer({ iss }: Claims, expected: Expected): string | undefined {
  return iss === expected.issuer ? undefined : 'iss is not the issuer whose keys signed it'
}

function issuedLately(claims: Claims, expected: Expected): string | undefined {
  const problem = issuedAt(claims, expected)
  if (problem) return problem
  const ageMs = expected.now - Number(claims.iat) * 1000
  return ageMs <= OLDEST_MS + expected.skewMs ? undefined : 'it was issued more than five minutes ago'
}

function tokenId({ jti }: Claims): string | undefined {
  return isName(jti) ? undefined : `jti is not a string of 1 to ${MOST_NAME_CHARACTERS} characters`
}

/** Other members beside it are other people's: some providers add switches of their own. */
function logoutEvent({ events }: Claims): string | undefined {
  const event = isObject(events) && Object.hasOwn(events, LOGOUT_EVENT) ? events[LOGOUT_EVENT] : undefined
  return isObject(event) ? undefined : 'events has no object under the name of the logout event'
}

/** Prohibited, so that no ID token is a logout token too, nor the other way round (4.1). */
function noNonce(claims: Claims): string | undefined {
  return Object.hasOwn(claims, 'nonce') ? 'nonce is there' : undefined
}

function whom({ sub, sid }: Claims): string | undefined {
  if (sub === undefined && sid === undefined) return 'neither sub nor sid is there'
  const bothNames = [sub, sid].every(name => name === undefined || isName(name))
  return bothNames ? undefined : `sub or sid is not a string of 1 to ${MOST_NAME_CHARACTERS} characters`
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MOST_NAME_CHARACTERS

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Of claims that hold. */
function logoutIn({ sub, sid, jti, iat, exp }: Claims, { issuer, now, skewMs }: Expected): Logout {
  const endsAt = Math.min(Number(exp) * 1000, Number(iat) * 1000 + OLDEST_MS) + skewMs
  return {
    which: isName(sid) ? { issuer, sid } : { issuer, subject: String(sub) },
    startedBefore: Math.min(endOfSecond(Number(iat)) + CLOCKS_DIFFER_MS, now + 1),
    onceKey: `logout-token:${createHash('sha256')
      .update(JSON.stringify([issuer, jti]))
      .digest('base64url')}`,
    onceMs: endsAt - now + 1000,
  }
}

/**
 * A token that comes late must not end the session of somebody who has signed in again since. It tells its time in whole
 * seconds and by another clock, so that whoever signed in within the last moments before it is not let off either.
 */
const endOfSecond = (seconds: number): number => (Math.floor(seconds) + 1) * 1000
