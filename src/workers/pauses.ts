// How long a worker's place stays empty: one that has lived is replaced at once, one that keeps dying young later and later.
import type { Milliseconds } from '../core/duration.ts'

const YOUNG_MS = 10_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

/** `before`: the pause that this worker was hired after. */
export function pauseAfter(livedMs: Milliseconds, before: Milliseconds): Milliseconds {
  if (livedMs >= YOUNG_MS) return 0
  return Math.min(Math.max(before * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
}
