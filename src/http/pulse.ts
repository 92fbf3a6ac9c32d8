// The pulse of this process: how late its event loop is. Whoever is late by this much is late for every visitor.
import type { Milliseconds } from '../core/duration.ts'

export type Pulse = {
  /** The middle of the last beats: one long task does not change it, more work than can be done does. */
  readonly lateMs: Milliseconds
  stop(): void
}

const BEAT_MS = 250
const BEATS = 9

export function takePulse(beatMs: Milliseconds = BEAT_MS): Pulse {
  const beats = Array.from({ length: BEATS }, () => 0)
  let due = performance.now() + beatMs
  const timer = setInterval(() => {
    const now = performance.now()
    beats.push(Math.max(0, now - due))
    beats.shift()
    due = now + beatMs
  }, beatMs).unref()
  return {
    get lateMs() {
      return beats.toSorted((a, b) => a - b)[(BEATS - 1) / 2] ?? 0
    },
    stop: () => clearInterval(timer),
  }
}
