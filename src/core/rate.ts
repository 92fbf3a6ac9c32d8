// Rates: so many at once, and as many again over the time that follows.
import type { Milliseconds } from './duration.ts'

export type Rate = { readonly count: number; readonly perMs: Milliseconds }

const periods = { s: 1000, m: 60_000, h: 3_600_000 } as const

/** `100/s`, `300/m`, `20/h`; undefined when it is not a rate. */
export function parseRate(text: string): Rate | undefined {
  const parts = /^([1-9]\d{0,4})\/([smh])$/.exec(text)
  if (!parts?.[1]) return undefined
  return { count: Number(parts[1]), perMs: periods[parts[2] as keyof typeof periods] }
}

/** `fullAt`: when nothing will be missing any more; all that has to be remembered. */
export type Spent = { readonly waitMs: Milliseconds; readonly fullAt: number }

/** The time in which one of so many comes back. */
export const costMs = ({ count, perMs }: Rate): Milliseconds => perMs / count

/** Takes one, or says how long to wait for it (the generic cell rate algorithm, ITU-T I.371). */
export function spend(rate: Rate, fullAt: number, now: number): Spent {
  const cost = costMs(rate)
  // The rate may have been another one when this was remembered.
  const after = Math.min(Math.max(fullAt, now), now + rate.perMs) + cost
  const waitMs = after - now - rate.perMs
  // Less than half a unit is rounding.
  return waitMs > cost / 2 ? { waitMs, fullAt } : { waitMs: 0, fullAt: after }
}
