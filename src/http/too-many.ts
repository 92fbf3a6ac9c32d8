// 429: the visitor asks too much at once or too often, and is told when to come back (RFC 6585 4).
import type { Milliseconds } from '../core/duration.ts'
import type { Answer } from './answer.ts'
import { failureAnswer } from './failure.ts'
import type { Visit } from './visit.ts'

/** Which limit was met: how often by address or person, or how much at once. */
export type Limit = {
  readonly kind: 'limit'
  readonly reason: 'address-rate' | 'user-rate' | 'open-requests' | 'open-websockets'
  readonly waitMs: Milliseconds
}

/** Somebody else may leave at any time; a second is short enough to wait, and long enough not to be asked all the time. */
export const noPlace = (reason: 'open-requests' | 'open-websockets'): Limit => ({ kind: 'limit', reason, waitMs: 1000 })

/** The visit's trail says so too, whatever was decided before. */
export function tooManyAnswer(visit: Visit, { kind, reason, waitMs }: Limit): Answer {
  visit.trail.decision = kind
  visit.trail.reason = reason
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return failureAnswer(visit, 'too-many-requests', {
    advice: `Wait ${seconds === 1 ? 'a second' : `${seconds} seconds`}, then try again.`,
    headers: [['Retry-After', String(seconds)]],
  })
}
