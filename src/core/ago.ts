// How long ago something was, in words for people.
import type { Milliseconds } from './duration.ts'

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `3 minutes ago`, always rounded down; what is less than a minute away, or still to come by another clock, is `just now`. */
export function ago(passed: Milliseconds): string {
  const unit = units.find(([, ms]) => passed >= ms)
  if (!unit) return 'just now'
  const [word, ms] = unit
  const count = Math.floor(passed / ms)
  return `${count} ${word}${count === 1 ? '' : 's'} ago`
}
