// How often something was done lately, in this process. Whoever has rested long enough is not remembered.
import { LRUCache } from 'lru-cache'
import type { Milliseconds } from '../core/duration.ts'
import { type Rate, spend } from '../core/rate.ts'

/** What is counted, and for whom. */
export type Allowance = { readonly of: 'network' | 'person'; readonly name: string }

export type Allowances = {
  /** Takes one. 0: it may be done; else the time until it may. */
  spend(allowance: Allowance, rate: Rate): Milliseconds
}

/** Beyond so many the one that was used longest ago is forgotten, and full again. */
const MOST_OF_EACH = 50_000

export function makeAllowances(now = () => performance.now(), most = MOST_OF_EACH): Allowances {
  // Apart, because a stranger can have any number of networks, and must not push out what people have spent.
  const fullAt = {
    network: new LRUCache<string, number>({ max: most }),
    person: new LRUCache<string, number>({ max: most }),
  }
  return {
    spend({ of, name }, rate) {
      const spent = spend(rate, fullAt[of].get(name) ?? 0, now())
      if (spent.waitMs === 0) fullAt[of].set(name, spent.fullAt)
      return spent.waitMs
    },
  }
}
