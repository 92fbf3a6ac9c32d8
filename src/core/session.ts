// A session: a signed-in browser. Its limits are checked here, on values, so that every store obeys the same rules.
import type { Milliseconds } from './duration.ts'
import type { Identity } from './identity.ts'

export type Tokens = {
  readonly idToken: string
  readonly accessToken?: string
  readonly refreshToken?: string
  /** Epoch milliseconds. */
  readonly accessTokenExpiresAt?: number
  /** When they are to be renewed, epoch milliseconds; only beside a refresh token. */
  readonly refreshAt?: number
}

/** Where somebody signed in from, as it showed itself then. */
export type Device = {
  /** The User-Agent header, cut to 200 characters. */
  readonly browser: string
  readonly address: string
}

export const unknownDevice: Device = { browser: '', address: '' }

const LONGEST_BROWSER = 200

export const deviceOf = (browser: string | undefined, address: string): Device => ({
  browser: (browser ?? '').slice(0, LONGEST_BROWSER),
  address,
})

export type Session = {
  /** Public handle for logs and lists; not what the cookie carries. */
  readonly id: string
  readonly identity: Identity
  readonly tokens: Tokens
  /** The provider's session id, if its ID token named one. */
  readonly sid?: string
  readonly device: Device
  /** 0 at login, one more with every refresh: the higher one is the newer one. */
  readonly revision: number
  /** Epoch milliseconds. */
  readonly startedAt: number
} & Clock

/** When a session was used. Written lazily, so it is behind by up to a tenth of the shortest idle time in force. */
export type Clock = {
  /** Epoch milliseconds. */
  readonly seenAt: number
  /** The longest time that it was left alone between two uses; absent before the second. */
  readonly restedMs?: Milliseconds
}

export type SessionLimits = { readonly idleMs: Milliseconds; readonly absoluteMs: Milliseconds }

export type SessionEnd = 'idle' | 'absolute'

/** Why a session is over at `now`, or undefined while it lasts. */
export function sessionEnd(session: Session, limits: SessionLimits, now: number): SessionEnd | undefined {
  if (now >= session.startedAt + limits.absoluteMs) return 'absolute'
  // A rest that was too long for this limit stays so: whoever comes back uses something else first.
  return Math.max(session.restedMs ?? 0, now - session.seenAt) >= limits.idleMs ? 'idle' : undefined
}

export const clockOf = ({ seenAt, restedMs }: Clock): Clock =>
  restedMs === undefined ? { seenAt } : { seenAt, restedMs }

/** Pushed on to `now`, with the rest before it. An earlier `now` changes nothing. */
export const pushedOn = ({ seenAt, restedMs = 0 }: Clock, now: number): Clock =>
  now > seenAt ? { seenAt: now, restedMs: Math.max(restedMs, now - seenAt) } : { seenAt, restedMs }

/** The idle clock is pushed on only after a tenth of the shortest idle time in force, so that most requests write nothing. */
export const needsTouch = (session: Session, shortestIdleMs: Milliseconds, now: number): boolean =>
  now >= session.seenAt + shortestIdleMs / 10

/** When the session ends if nobody comes back: epoch milliseconds. */
export const sessionExpiry = (session: Session, limits: SessionLimits): number =>
  Math.min(session.startedAt + limits.absoluteMs, session.seenAt + limits.idleMs)

/** Sessions by what a provider, an administrator or their owner calls them. */
export type WhichSessions =
  | { readonly id: string }
  | { readonly issuer: string; readonly sid: string }
  | { readonly issuer: string; readonly subject: string }

/** A session as lists show it: who, from where, since when; nothing that opens anything. */
export type SessionSummary = {
  readonly id: string
  readonly user: string
  readonly subject: string
  readonly issuer: string
  readonly provider: string
  readonly device: Device
  readonly startedAt: number
  readonly seenAt: number
}

export function summaryOf({ id, identity, device, startedAt, seenAt }: Session): SessionSummary {
  const { user, subject, issuer, provider } = identity
  return { id, user, subject, issuer, provider, device, startedAt, seenAt }
}

/** Every field that is there must be equal. */
export type SessionFilter = { readonly [name in 'issuer' | 'subject' | 'user' | 'provider']?: string }

export const matchesFilter = (summary: SessionSummary, { issuer, subject, user, provider }: SessionFilter): boolean =>
  (issuer === undefined || summary.issuer === issuer) &&
  (subject === undefined || summary.subject === subject) &&
  (user === undefined || summary.user === user) &&
  (provider === undefined || summary.provider === provider)
