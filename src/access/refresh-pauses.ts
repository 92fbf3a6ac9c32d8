// Refreshes that failed are remembered for a while, so that not each request of a queue tries the same again.
import type { Milliseconds } from '../core/duration.ts'

const FIRST_PAUSE_MS = 30_000
const LONGEST_PAUSE_MS = 5 * 60_000
const MOST_REMEMBERED = 20_000

export type RefreshPauses = {
  isOn(id: string, now: number): boolean
  /** It failed (again): answers how long nobody tries, longer each time. */
  begin(id: string, now: number): Milliseconds
  /** It worked, or the session is over. */
  forget(id: string): void
}

type Pause = { readonly failures: number; readonly until: number }

export function makeRefreshPauses(): RefreshPauses {
  const pauses = new Map<string, Pause>()
  return {
    isOn: (id, now) => now < (pauses.get(id)?.until ?? 0),
    begin(id, now) {
      const failures = (pauses.get(id)?.failures ?? 0) + 1
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
      // Put at the end again, so that the first one is always the one that waits the longest.
      pauses.delete(id)
      pauses.set(id, { failures, until: now + pauseMs })
      const [oldest = ''] = pauses.keys()
      if (pauses.size > MOST_REMEMBERED) pauses.delete(oldest)
      return pauseMs
    },
    forget: id => void pauses.delete(id),
  }
}
