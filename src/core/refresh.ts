// When a session's tokens are to be renewed: early, while the old access token still works, or now, because it works no more.
import type { Session } from './session.ts'

/** A provider that does not say how long its access token lives is asked again as if it were an hour. */
const ASSUMED_LIFE_MS = 60 * 60_000
/** Early means at least this long before the end, so that a slow provider is still in time. */
const LEAST_LEEWAY_MS = 10_000

export type RefreshDue = 'none' | 'early' | 'now'

export function refreshDue({ tokens }: Session, now: number): RefreshDue {
  if (tokens.refreshToken === undefined || tokens.refreshAt === undefined) return 'none'
  if (tokens.accessTokenExpiresAt !== undefined && now >= tokens.accessTokenExpiresAt) return 'now'
  return now >= tokens.refreshAt ? 'early' : 'none'
}

/** After four fifths of the token's life; earlier for a short one, but never before its half, or each request would refresh. */
export function refreshTime(expiresAt: number | undefined, now: number): number {
  const lifeMs = expiresAt === undefined ? ASSUMED_LIFE_MS : expiresAt - now
  return now + Math.max(lifeMs / 2, Math.min((lifeMs * 4) / 5, lifeMs - LEAST_LEEWAY_MS))
}
