// Trying again later: one timer at a time, its pauses doubling from one second to thirty.
import { randomInt } from 'node:crypto'
import type { Milliseconds } from '../core/duration.ts'

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000

export type BackOff = {
  /** Another attempt will be made after a pause, longer each time. */
  wait(): void
  /** Whole seconds, at least one; undefined when nobody waits. */
  secondsLeft(): number | undefined
  /** The next pause is a short one again. */
  reset(): void
  close(): void
}

export function makeBackOff(again: () => void): BackOff {
  let failures = 0
  let waiting: { readonly timer: NodeJS.Timeout; readonly dueAt: number } | undefined
  let closed = false
  return {
    wait() {
      if (closed || waiting) return
      const pauseMs = pauseAfter(failures++)
      const timer = setTimeout(() => {
        waiting = undefined
        again()
      }, pauseMs)
      // A gateway that is done is not kept alive by hope.
      waiting = { timer: timer.unref(), dueAt: Date.now() + pauseMs }
    },
    secondsLeft: () => waiting && Math.max(1, Math.ceil((waiting.dueAt - Date.now()) / 1000)),
    reset() {
      failures = 0
    },
    close() {
      closed = true
      clearTimeout(waiting?.timer)
      waiting = undefined
    },
  }
}

/** Up to a quarter shorter than its turn, so that many gateways do not come back as one. */
export function pauseAfter(failures: number): Milliseconds {
  const whole = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
  return whole - randomInt(whole / 4)
}
