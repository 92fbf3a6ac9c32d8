// Sessions that every replica sees. Redis holds them sealed; what was read lately is kept here, and forgotten when another replica says so.
import type { Milliseconds } from '../core/duration.ts'
import type { Clock } from '../core/session.ts'
import type { EndedSignal } from './ended-signal.ts'
import type { RedisLink } from './redis.ts'
import type { RedisCache, Remembered } from './redis-cache.ts'
import { makeRedisLists } from './redis-lists.ts'
import type { RedisNames } from './redis-names.ts'
import * as records from './redis-records.ts'
import * as scripts from './redis-scripts.ts'
import type { Sealer } from './seal.ts'
import { ended, type Lookup, type SessionStore } from './store.ts'

export type RedisStoreParts = {
  readonly redis: RedisLink
  readonly cache: RedisCache
  readonly names: RedisNames
  /** For summaries. */
  readonly sealer: Sealer
  readonly signal: EndedSignal
  readonly absoluteMs: Milliseconds
}

const MOST_AT_ONCE = 50

export function makeRedisStore({ redis, cache, names, sealer, signal, absoluteMs }: RedisStoreParts): SessionStore {
  const lists = makeRedisLists({ redis, names, sealer, absoluteMs })
  const run = (script: string, key: string, ...values: readonly (string | number)[]): Promise<unknown> =>
    redis.ask('EVAL', script, 1, key, ...values)

  async function read(ticket: records.Ticket, host: string): Promise<Lookup> {
    const { drops } = cache
    const fields = await redis.ask('HMGET', names.session(ticket.id), 'sealed', 'over', 'seen', 'rested')
    const [sealed, over, ...clock] = fields as readonly (string | null)[]
    if (sealed == null) {
      cache.forget(ticket.id)
      return ended(over == null ? 'unknown' : 'revoked')
    }
    const opened = records.openSession(sealed, ticket, host)
    if (!opened) return { kind: 'unreadable' }
    const session = { ...opened, ...clockIn(clock) }
    cache.put(session, records.ticketText(ticket), host, drops)
    return { kind: 'found', session }
  }

  /** What is remembered counts while every change is heard of; and, while nobody can be asked, for a bounded time after that. */
  async function readUnless(remembered: Remembered | undefined, ticket: records.Ticket, host: string): Promise<Lookup> {
    if (!remembered) return read(ticket, host)
    const { session, doubtedSince } = remembered
    const found: Lookup = { kind: 'found', session }
    if (redis.isLive && doubtedSince === undefined) return found
    const isBelieved = () => (doubtedSince === undefined ? redis.isRemembered : redis.isRecent(doubtedSince))
    if (redis.isFailing && isBelieved()) return found
    return read(ticket, host).catch(error => {
      if (isBelieved()) return found
      throw error
    })
  }

  function over(ids: readonly string[]): readonly string[] {
    for (const id of ids) cache.drop(id)
    signal.emit(ids)
    return ids
  }

  const revoke = (id: string, startedBefore: number): Promise<unknown> =>
    run(scripts.revokeSession, names.session(id), startedBefore, redis.channel, `ended ${id}`)

  return {
    async add({ session, host, keepMs }) {
      const ticket = records.newTicketFor(session)
      const { id, revision, seenAt, startedAt } = session
      const values = [records.sealSession(session, ticket, host), revision, seenAt, startedAt]
      await run(scripts.keepSession, names.session(id), ...values, records.sealSummary(session, sealer), wait(keepMs))
      // After the session itself: an index that is read in between would let go of what is not there yet.
      await lists.enlist(session)
      return records.ticketText(ticket)
    },
    async find(text, host, { fresh = false } = {}) {
      const ticket = records.readTicketText(text)
      if (!ticket) return { kind: 'unreadable' }
      return fresh ? read(ticket, host) : readUnless(cache.get(ticket.id, text, host), ticket, host)
    },
    async touch(text, { session, keepMs }) {
      const { id, seenAt } = session
      // The clock may be pushed on later, when the store is back.
      if (!records.readTicketText(text) || (redis.isFailing && redis.isRemembered)) return undefined
      const clock = await run(scripts.touchSession, names.session(id), seenAt, wait(keepMs)).catch(error => {
        if (redis.isRemembered) return [seenAt, session.restedMs ?? 0]
        throw error
      })
      if (clock === null) cache.forget(id)
      else cache.seen(id, clockIn(clock as readonly string[]))
      return undefined
    },
    async replace(text, { session, host }) {
      const ticket = records.readTicketText(text)
      if (!ticket) return undefined
      const { id, revision } = session
      const sealed = [records.sealSession(session, ticket, host), records.sealSummary(session, sealer)]
      const news = [redis.channel, `changed ${id}`]
      await run(scripts.replaceSession, names.session(id), revision, ...sealed, ...news)
      cache.doubt(id, performance.now())
      const kept = await read(ticket, host)
      return kept.kind === 'found' ? { session: kept.session } : undefined
    },
    async end(text, host) {
      const ticket = records.readTicketText(text)
      const lookup = ticket && (await read(ticket, host))
      if (lookup?.kind !== 'found') return
      const { id } = lookup.session
      await run(scripts.dropSession, names.session(id), redis.channel, `ended ${id}`)
      over([id])
      await lists.unlist(lookup.session)
    },
    async endWhere(which, startedBefore) {
      const ids = 'id' in which ? [which.id] : await lists.startedBefore(which, startedBefore)
      const gone: string[] = []
      for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
        const some = ids.slice(from, from + MOST_AT_ONCE)
        const outcomes = await Promise.all(some.map(id => revoke(id, startedBefore)))
        gone.push(...over(some.filter((_, index) => outcomes[index] === 'ended')))
        await lists.strike(
          which,
          some.filter((_, index) => outcomes[index] !== 'younger'),
        )
      }
      return gone
    },
    async revisionOf(id) {
      const revision = await redis.ask('HGET', names.session(id), 'revision')
      return revision == null ? undefined : Number(revision)
    },
    list: lists.page,
    count: undefined,
    async close() {},
  }
}

const clockIn = ([seenAt, restedMs]: readonly (string | number | null | undefined)[]): Clock =>
  restedMs == null ? { seenAt: Number(seenAt) } : { seenAt: Number(seenAt), restedMs: Number(restedMs) }

/** PEXPIRE takes whole milliseconds; none or fewer would delete. */
const wait = (ms: Milliseconds): number => Math.max(1, Math.ceil(ms))
