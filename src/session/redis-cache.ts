// Sessions that this replica has read from Redis lately, each only for the ticket that opened it.
import { createHash, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock, Session } from '../core/session.ts'

/** Outlives a reload. */
export type RedisCache = {
  get(id: string, ticket: string, host: string): Session | undefined
  /** Counts what was dropped: whoever reads from Redis takes it before, and hands it back with what was read. */
  readonly drops: number
  /** Does nothing when something was dropped in between: what was read may be older than that. */
  put(session: Session, ticket: string, host: string, dropsBefore: number): void
  seen(id: string, clock: Clock): void
  /** Another replica, or ours, changed it. */
  drop(id: string): void
  /** It is not there any more; says nothing about reads that are under way. */
  forget(id: string): void
  clear(): void
}

type Cached = { readonly session: Session; readonly proof: Buffer }

const MOST_CACHED = 10_000

export function makeRedisCache(): RedisCache {
  const cache = new LRUCache<string, Cached>({ max: MOST_CACHED })
  let drops = 0
  return {
    get(id, ticket, host) {
      const cached = cache.get(id)
      return cached && timingSafeEqual(cached.proof, proofOf(ticket, host)) ? cached.session : undefined
    },
    get drops() {
      return drops
    },
    put(session, ticket, host, dropsBefore) {
      if (drops === dropsBefore) cache.set(session.id, { session, proof: proofOf(ticket, host) })
    },
    seen(id, clock) {
      const cached = cache.peek(id)
      if (cached) cache.set(id, { ...cached, session: { ...cached.session, ...clock } })
    },
    drop(id) {
      drops++
      cache.delete(id)
    },
    forget: id => void cache.delete(id),
    clear() {
      drops++
      cache.clear()
    },
  }
}

const proofOf = (ticket: string, host: string): Buffer =>
  createHash('sha256')
    .update(ticket + host)
    .digest()
