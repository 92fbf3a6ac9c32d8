// Agreement among all replicas: Redis keeps who holds what, for as long as the holder is heard of.
import { randomBytes } from 'node:crypto'
import type { Milliseconds } from '../core/duration.ts'
import { costMs } from '../core/rate.ts'
import type { Agreement, Lock } from './agreement.ts'
import { makeAllowances } from './allowances.ts'
import type { RedisLink } from './redis.ts'
import { claim, releaseClaim, renewClaim, spendAllowance } from './redis-scripts.ts'

/** A holder that died is waited for no longer than this. */
const LOCK_MS = 5000

export function agreeThrough(redis: RedisLink, lockMs: Milliseconds = LOCK_MS): Agreement {
  const allowances = makeAllowances()
  const claimed = async (key: string, token: string, ttlMs: number): Promise<boolean> =>
    (await redis.ask('EVAL', claim, 1, key, token, Math.max(1, Math.ceil(ttlMs)))) === 1
  return {
    async lock(name) {
      const key = redis.key('lock', name)
      const token = randomBytes(16).toString('base64url')
      const askedAt = performance.now()
      return (await claimed(key, token, lockMs)) ? hold(redis, { key, token, askedAt, lockMs }) : undefined
    },
    seenBefore: async (key, ttlMs) =>
      !(await claimed(redis.key('seen', key), randomBytes(16).toString('base64url'), ttlMs)),
    async spend(allowance, rate) {
      // Whoever has spent it all here alone has spent it: a flood never gets as far as Redis.
      const waitMs = allowances.spend(allowance, rate)
      if (waitMs > 0 || !redis.isLive || redis.isFailing) return waitMs
      const key = redis.key('spent', `${allowance.of} ${allowance.name}`)
      // Without Redis the count of this process goes on: each replica alone, nobody without a limit.
      return redis.ask('EVAL', spendAllowance, 1, key, costMs(rate), rate.perMs).then(Number, () => 0)
    },
  }
}

type Claim = {
  readonly key: string
  readonly token: string
  readonly askedAt: number
  readonly lockMs: Milliseconds
}

function hold(redis: RedisLink, { key, token, askedAt, lockMs }: Claim): Lock {
  // Counted from before the question, so that we never believe to hold what Redis has let go.
  let heldUntil = askedAt + lockMs
  const renew = async (): Promise<void> => {
    const now = performance.now()
    // Once lost it may be another's: it does not come back by being renewed.
    if (now >= heldUntil) return clearInterval(timer)
    const isRenewed = (await redis.ask('EVAL', renewClaim, 1, key, token, lockMs)) === 1
    // It may have been released in between.
    if (heldUntil > 0) heldUntil = isRenewed ? now + lockMs : 0
  }
  // A renewal that fails is followed by another one, or the time runs out.
  const timer = setInterval(() => void renew().catch(() => {}), lockMs / 4)
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
