// Under which names Redis lists the sessions of a person and of a session at the provider. The names tell nobody's name.
import { createHmac } from 'node:crypto'
import type { Secret } from '../core/secret.ts'
import type { Session, SessionFilter, WhichSessions } from '../core/session.ts'
import type { RedisLink } from './redis.ts'
import { deriveKey } from './seal.ts'

export type RedisNames = {
  session(id: string): string
  /** Every index that a session is listed in, under the newest secret. */
  indexesOf(session: Session): readonly string[]
  /** Every index that may list these sessions: older secrets listed some. */
  listing(which: Exclude<WhichSessions, { readonly id: string }>): readonly string[]
  listingAny(filter: SessionFilter): readonly string[]
}

export function nameWith(redis: RedisLink, secrets: readonly [Secret, ...Secret[]]): RedisNames {
  const keys = secrets.map(secret => deriveKey(secret, 'index names', 32))
  const all = redis.key('all')
  const names = (kind: string, ...parts: readonly string[]): readonly string[] =>
    keys.map(key => redis.key(kind, createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url')))
  return {
    session: id => redis.key('session', id),
    indexesOf({ sid, identity: { issuer, subject } }) {
      const bySid = sid === undefined ? [] : names('sid', issuer, sid).slice(0, 1)
      return [all, ...names('person', issuer, subject).slice(0, 1), ...bySid]
    },
    listing: which =>
      'sid' in which ? names('sid', which.issuer, which.sid) : names('person', which.issuer, which.subject),
    listingAny: ({ issuer, subject }) =>
      issuer === undefined || subject === undefined ? [all] : names('person', issuer, subject),
  }
}
