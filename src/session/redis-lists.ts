// Which sessions there are in Redis, and whose: ids in order of their start. What a list names may be gone; what it lost nobody finds.
import type { Milliseconds } from '../core/duration.ts'
import { matchesFilter, type Session, type SessionSummary, type WhichSessions } from '../core/session.ts'
import type { RedisLink } from './redis.ts'
import type { RedisNames } from './redis-names.ts'
import { openSummary } from './redis-records.ts'
import { enlist } from './redis-scripts.ts'
import type { Sealer } from './seal.ts'
import { offsetOf, type SessionStore } from './store.ts'

export type RedisLists = {
  enlist(session: Session): Promise<void>
  unlist(session: Session): Promise<void>
  startedBefore(which: Listed, startedBefore: number): Promise<readonly string[]>
  /** Takes these ids, and none of their siblings, out of the list by which they were found. */
  strike(which: WhichSessions, ids: readonly string[]): Promise<void>
  readonly page: SessionStore['list']
}

type Listed = Exclude<WhichSessions, { readonly id: string }>

export type RedisListsParts = {
  readonly redis: RedisLink
  readonly names: RedisNames
  readonly sealer: Sealer
  readonly absoluteMs: Milliseconds
}

export function makeRedisLists({ redis, names, sealer, absoluteMs }: RedisListsParts): RedisLists {
  async function newest(lists: readonly string[], from: number, limit: number): Promise<readonly string[]> {
    const [first = '', ...older] = lists
    if (older.length === 0) return (await redis.ask('ZREVRANGE', first, from, from + limit - 1)) as readonly string[]
    const ids = await Promise.all(lists.map(name => newest([name], 0, from + limit)))
    return ids.flat().slice(from, from + limit)
  }

  async function summary(id: string): Promise<SessionSummary | undefined> {
    const fields = await redis.ask('HMGET', names.session(id), 'summary', 'seen')
    const [sealed, seenAt] = fields as readonly (string | null)[]
    const opened = sealed == null ? undefined : openSummary(id, sealed, sealer)
    return opened && { ...opened, seenAt: Number(seenAt) }
  }

  return {
    async enlist(session) {
      const { id, startedAt } = session
      for (const name of names.indexesOf(session))
        await redis.ask('EVAL', enlist, 1, name, startedAt, id, absoluteMs, startedAt - absoluteMs)
    },
    async unlist(session) {
      const { sid, identity } = session
      const { issuer, subject } = identity
      const lists = [names.listing({ issuer, subject }), sid === undefined ? [] : names.listing({ issuer, sid })]
      for (const name of [...lists.flat(), ...names.indexesOf(session)]) await redis.ask('ZREM', name, session.id)
    },
    async startedBefore(which, startedBefore) {
      const lists = names.listing(which)
      const found = await Promise.all(lists.map(name => redis.ask('ZRANGEBYSCORE', name, '-inf', `(${startedBefore}`)))
      return (found as readonly (readonly string[])[]).flat()
    },
    async strike(which, ids) {
      if ('id' in which || ids.length === 0) return
      for (const name of names.listing(which)) await redis.ask('ZREM', name, ...ids)
    },
    async page(filter, wanted) {
      const from = offsetOf(wanted)
      const ids = await newest(names.listingAny(filter), from, wanted.limit)
      const summaries = await Promise.all(ids.map(summary))
      const sessions = summaries.filter(found => found !== undefined).filter(found => matchesFilter(found, filter))
      return { sessions, ...(ids.length === wanted.limit && { cursor: String(from + wanted.limit) }) }
    },
  }
}
