// What of the session room outlives a reload: the sessions themselves, connections with equal settings, and who listens.
import { randomBytes } from 'node:crypto'
import type { Milliseconds } from '../core/duration.ts'
import type { Log } from '../core/log.ts'
import { Secret } from '../core/secret.ts'
import type { RedisConfig, SessionConfig } from '../core/settings.ts'
import { type Agreement, agreeHere } from './agreement.ts'
import { type CookieMemory, makeCookieMemory } from './cookie-memory.ts'
import { type EndedSignal, makeEndedSignal } from './ended-signal.ts'
import { type MemoryStore, makeMemoryStore } from './memory-store.ts'
import { rememberUsed, type UsedStates } from './pending-logins.ts'
import { openRedis, type RedisLink } from './redis.ts'
import { agreeThrough } from './redis-agreement.ts'
import { makeRedisCache, type RedisCache } from './redis-cache.ts'
import { shareVoidList } from './redis-void-list.ts'
import { makeVoidList } from './void-list.ts'

export type Shelter = {
  readonly log: Log
  readonly headerBytes: number
  readonly signal: EndedSignal
  readonly used: UsedStates
  /** For a door whose settings name no secret. */
  readonly ownSecret: Secret
  memory(maxSessions: number): MemoryStore
  cookies(settings: SessionConfig, shared: RedisConfig | undefined): CookieMemory
  redis(config: RedisConfig): Room
  agreement(shared: RedisConfig | undefined): Agreement
  close(): Promise<void>
}

export type Room = { readonly link: RedisLink; readonly cache: RedisCache; readonly agreement: Agreement }

/** `keepFor`: how long sessions may last from now on, so long must be known which are over. */
type CookieRoom = { readonly memory: CookieMemory; keepFor(ms: Milliseconds): void }

/** Requests of the generation before are answered through the connection they began with. */
const FAREWELL_MS = 60_000

export function makeShelter(log: Log, headerBytes: number, farewellMs: Milliseconds = FAREWELL_MS): Shelter {
  const signal = makeEndedSignal()
  const here = agreeHere()
  const rooms = new Map<string, Room>()
  const leaving = new Map<string, NodeJS.Timeout>()
  const cookieRooms = new Map<string, CookieRoom>()
  let memory: MemoryStore | undefined

  function openRoom(config: RedisConfig): Room {
    const link = openRedis(config, log)
    const cache = makeRedisCache()
    link.onGap(() => {
      cache.doubtAll(link.heardAt)
      signal.doubt()
    })
    link.onNews((kind, id) => {
      if (kind === 'changed') cache.doubt(id, performance.now())
      if (kind !== 'ended') return
      cache.drop(id)
      signal.emit([id])
    })
    return { link, cache, agreement: agreeThrough(link) }
  }

  function redis(config: RedisConfig): Room {
    const key = keyOf(config)
    for (const [other, room] of rooms) if (other !== key) retire(other, room)
    clearTimeout(leaving.get(key))
    leaving.delete(key)
    const room = rooms.get(key) ?? openRoom(config)
    rooms.set(key, room)
    return room
  }

  function retire(key: string, { link }: Room): void {
    if (leaving.has(key)) return
    const leave = () => {
      for (const kept of [rooms, cookieRooms, leaving]) kept.delete(key)
      void link.close()
    }
    leaving.set(key, setTimeout(leave, farewellMs).unref())
  }

  function openCookieRoom(key: string, link: RedisLink | undefined, absoluteMs: Milliseconds): CookieRoom {
    const here = { ...makeVoidList(), keepFor: () => {} }
    const voids = link ? shareVoidList(link, here, absoluteMs) : here
    const room = { memory: makeCookieMemory(voids, signal), keepFor: voids.keepFor }
    cookieRooms.set(key, room)
    return room
  }

  return {
    log,
    headerBytes,
    signal,
    used: rememberUsed(),
    ownSecret: new Secret(randomBytes(32).toString('base64url')),
    memory(maxSessions) {
      memory?.resize(maxSessions)
      memory ??= makeMemoryStore(maxSessions, signal)
      return memory
    },
    cookies({ absoluteMs }, shared) {
      const key = shared ? keyOf(shared) : ''
      const link = shared && redis(shared).link
      const known = cookieRooms.get(key)
      known?.keepFor(absoluteMs)
      const { memory } = known ?? openCookieRoom(key, link, absoluteMs)
      return memory
    },
    redis,
    agreement: shared => (shared ? redis(shared).agreement : here),
    async close() {
      await memory?.close()
      for (const { link } of rooms.values()) await link.close()
    },
  }
}

function keyOf(config: RedisConfig): string {
  return JSON.stringify(config, function (name) {
    // JSON.stringify has asked the secret for its text before we see it; the holder still has the secret itself.
    const value = this[name]
    return value instanceof Secret ? value.reveal() : value
  })
}
