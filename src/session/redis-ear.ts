// The listening end: what other replicas publish, and whether we can be sure to hear it.
import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { RedisConfig } from '../core/settings.ts'
import { connectToListen } from './redis-connection.ts'

export type Ear = {
  /** Everything that is published reaches us. */
  readonly isLive: boolean
  /** When it was last known to; `performance.now()`, -Infinity before the first time. */
  readonly heardAt: number
  close(): void
}

export type EarParts = {
  readonly config: RedisConfig
  readonly channel: string
  onMessage(text: string): void
  /** Messages may have been missed until now; none will be from now on. */
  onGap(): Promise<void>
}

const HEARTBEAT_MS = 1000
const SHORTEST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 1000

export function listenTo({ config, channel, onMessage, onGap }: EarParts): Ear {
  const closing = new AbortController()
  const state = { isLive: false, heardAt: -Infinity }
  const listenOnce = async (redis: Redis): Promise<void> => {
    redis.on('message', (_channel, text) => onMessage(text))
    await redis.connect()
    await redis.subscribe(channel)
    await onGap()
    for (;;) {
      await redis.ping()
      state.heardAt = performance.now()
      state.isLive = true
      await pause(HEARTBEAT_MS, undefined, { ref: false, signal: closing.signal })
    }
  }
  const listen = async (): Promise<void> => {
    for (let attempt = 0, failures = 0; !closing.signal.aborted; attempt++) {
      const redis = await connectToListen(config, attempt)
      const stop = () => redis.disconnect()
      redis.on('close', () => {
        failures = state.isLive ? 0 : failures + 1
        state.isLive = false
      })
      closing.signal.addEventListener('abort', stop)
      // Whatever went wrong, the answer is to listen anew; those who ask are told what is wrong.
      await listenOnce(redis).catch(stop)
      closing.signal.removeEventListener('abort', stop)
      await pause(Math.min(SHORTEST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS), undefined, {
        ref: false,
      })
    }
  }
  void listen()
  return {
    get isLive() {
      return state.isLive
    },
    get heardAt() {
      return state.heardAt
    },
    close: () => closing.abort(),
  }
}
