// What replicas must agree on: who refreshes a session, whether something was seen before, and how often something was done.
import { LRUCache } from 'lru-cache'
import type { Milliseconds } from '../core/duration.ts'
import { SallyportError } from '../core/errors.ts'
import type { Rate } from '../core/rate.ts'
import { type Allowance, makeAllowances } from './allowances.ts'

export type Agreement = {
  /** Undefined: somebody else holds it. A holder that dies loses it after a while. Throws `store-unavailable`. */
  lock(name: string): Promise<Lock | undefined>
  /** True from the second time on, for so long. Throws `store-unavailable` rather than guess. */
  seenBefore(key: string, ttlMs: Milliseconds): Promise<boolean>
  /** Takes one of what may be done at this rate. 0: it may; else the time to wait. Never throws: whoever cannot ask counts alone. */
  spend(allowance: Allowance, rate: Rate): Promise<Milliseconds>
}

export type Lock = {
  /** False when it was lost after all: whatever it protects must not be begun any more. */
  readonly isHeld: boolean
  release(): Promise<void>
}

const MOST_SEEN = 100_000

/** Among the requests of one process; outlives a reload. */
export function agreeHere(): Agreement {
  const held = new Set<string>()
  const allowances = makeAllowances()
  const seen = new LRUCache<string, true>({ max: MOST_SEEN })
  return {
    async lock(name) {
      if (held.has(name)) return undefined
      held.add(name)
      let isHeld = true
      return {
        get isHeld() {
          return isHeld
        },
        async release() {
          if (isHeld) held.delete(name)
          isHeld = false
        },
      }
    },
    async seenBefore(key, ttlMs) {
      if (seen.has(key)) return true
      if (seen.size === MOST_SEEN) seen.purgeStale()
      if (seen.size === MOST_SEEN)
        throw new SallyportError('store-unavailable', `${MOST_SEEN} keys are remembered already`)
      seen.set(key, true, { ttl: ttlMs })
      return false
    },
    spend: async (allowance, rate) => allowances.spend(allowance, rate),
  }
}
