// Agreement among all replicas: Redis keeps who holds what, for as long as the holder is heard of.
import { randomBytes } from 'node:crypto'
import type { Agreement, Lock } from './agreement.ts'
import type { RedisLink } from './redis.ts'
import { claim, releaseClaim, renewClaim } from './redis-scripts.ts'

/** A holder that died is waited for no longer than this. */
const LOCK_MS = 5000
const RENEW_MS = LOCK_MS / 4

export function agreeThrough(redis: RedisLink): Agreement {
  const claimed = async (key: string, token: string, ttlMs: number): Promise<boolean> =>
    (await redis.ask('EVAL', claim, 1, key, token, Math.max(1, Math.ceil(ttlMs)))) === 1
  return {
    async lock(name) {
      const key = redis.key('lock', name)
      const token = randomBytes(16).toString('base64url')
      const askedAt = performance.now()
      return (await claimed(key, token, LOCK_MS)) ? hold(redis, { key, token, askedAt }) : undefined
    },
    seenBefore: async (key, ttlMs) =>
      !(await claimed(redis.key('seen', key), randomBytes(16).toString('base64url'), ttlMs)),
  }
}

type Claim = { readonly key: string; readonly token: string; readonly askedAt: number }

function hold(redis: RedisLink, { key, token, askedAt }: Claim): Lock {
  // Counted from before the question, so that we never believe to hold what Redis has let go.
  let heldUntil = askedAt + LOCK_MS
  const renew = async (): Promise<void> => {
    const now = performance.now()
    if ((await redis.ask('EVAL', renewClaim, 1, key, token, LOCK_MS)) === 1) heldUntil = now + LOCK_MS
    else heldUntil = 0
  }
  // A renewal that fails is followed by another one, or the time runs out.
  const timer = setInterval(() => void renew().catch(() => {}), RENEW_MS)
  timer.unref()
  return {
    get isHeld() {
      return performance.now() < heldUntil
    },
    async release() {
      clearInterval(timer)
      heldUntil = 0
      await redis.ask('EVAL', releaseClaim, 1, key, token)
    },
  }
}
