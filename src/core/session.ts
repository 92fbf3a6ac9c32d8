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

export type Session = {
  /** Public handle for logs and lists; not what the cookie carries. */
  readonly id: string
  readonly identity: Identity
  readonly tokens: Tokens
  /** The provider's session id, if its ID token named one. */
  readonly sid?: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** Epoch milliseconds; written lazily. */
  readonly seenAt: number
}

export type SessionLimits = { readonly idleMs: Milliseconds; readonly absoluteMs: Milliseconds }

export type SessionEnd = 'idle' | 'absolute'

/** Why a session is over at `now`, or undefined while it lasts. */
export function sessionEnd(session: Session, limits: SessionLimits, now: number): SessionEnd | undefined {
  if (now >= session.startedAt + limits.absoluteMs) return 'absolute'
  return now >= session.seenAt + limits.idleMs ? 'idle' : undefined
}

/** The idle clock is pushed on only after a tenth of its time, so that most requests write nothing. */
export const needsTouch = (session: Session, limits: SessionLimits, now: number): boolean =>
  now >= session.seenAt + limits.idleMs / 10

/** When the session ends if nobody comes back: epoch milliseconds. */
export const sessionExpiry = (session: Session, limits: SessionLimits): number =>
  Math.min(session.startedAt + limits.absoluteMs, session.seenAt + limits.idleMs)
