// Sessions that this replica has read from Redis lately, each only for the ticket that opened it.
import { createHash, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock, Session } from '../core/session.ts'

/** Outlives a reload. */
export type RedisCache = {
  get(id: string, ticket: string, host: string): Remembered | undefined
  /** Counts what was dropped or doubted: whoever reads from Redis takes it before, and hands it back with what was read. */
  readonly drops: number
  /** Does nothing when something was dropped or doubted in between: what was read may be older than that. */
  put(session: Session, ticket: string, host: string, dropsBefore: number): void
  seen(id: string, clock: Clock): void
  /** It ended. */
  drop(id: string): void
  /** Another replica, or ours, changed it: what we have was true until then. */
  doubt(id: string, since: Instant): void
  /** News may have been missed from then on. */
  doubtAll(since: Instant): void
  /** It is not there any more; says nothing about reads that are under way. */
  forget(id: string): void
}

/** `performance.now()` */
export type Instant = number

/** What was read, and until when it was known to be true; undefined: it is, as long as every change is heard of. */
export type Remembered = { readonly session: Session; readonly doubtedSince: Instant | undefined }

type Cached = Remembered & { readonly proof: Buffer }

const MOST_CACHED = 10_000

export function makeRedisCache(): RedisCache {
  const cache = new LRUCache<string, Cached>({ max: MOST_CACHED })
  let drops = 0
  const doubt = (cached: Cached | undefined, id: string, since: Instant): void => {
    if (cached && cached.doubtedSince === undefined) cache.set(id, { ...cached, doubtedSince: since })
  }
  return {
    get(id, ticket, host) {
      const cached = cache.get(id)
      return cached && timingSafeEqual(cached.proof, proofOf(ticket, host)) ? cached : undefined
    },
    get drops() {
      return drops
    },
    put(session, ticket, host, dropsBefore) {
      const proof = proofOf(ticket, host)
      if (drops === dropsBefore) cache.set(session.id, { session, doubtedSince: undefined, proof })
    },
    seen(id, clock) {
      const cached = cache.peek(id)
      if (cached) cache.set(id, { ...cached, session: { ...cached.session, ...clock } })
    },
    drop(id) {
      drops++
      cache.delete(id)
    },
    doubt(id, since) {
      drops++
      doubt(cache.peek(id), id, since)
    },
    doubtAll(since) {
      drops++
      for (const [id, cached] of [...cache.entries()]) doubt(cached, id, since)
    },
    forget: id => void cache.delete(id),
  }
}

const proofOf = (ticket: string, host: string): Buffer =>
  createHash('sha256')
    .update(ticket + host)
    .digest()
