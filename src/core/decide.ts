// The one decision: forward, log in or forbid, always with a reason word. Every door asks here.
import { judgePolicy } from './policy.ts'
import type { Route } from './route.ts'
import type { Session } from './session.ts'

/** What the cloakroom found for this browser. */
export type SessionFinding =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly session: Session }
  /** There was a ticket, but no session behind it any more. */
  | { readonly kind: 'ended'; readonly why: 'idle' | 'absolute' | 'revoked' | 'unknown' }
  /** The cookie is not one of ours, was altered, or came twice. */
  | { readonly kind: 'unreadable' }

export type Decision =
  | { readonly kind: 'forward'; readonly reason: 'public' | 'allowed'; readonly session?: Session }
  | {
      readonly kind: 'login'
      readonly reason:
        | 'no-session'
        | 'session-idle'
        | 'session-over'
        | 'session-revoked'
        | 'session-unknown'
        | 'session-unreadable'
    }
  | { readonly kind: 'forbid'; readonly reason: 'denied' | 'not-allowed'; readonly session: Session }

export type LoginReason = Extract<Decision, { kind: 'login' }>['reason']

export type Question = {
  readonly route: Route
  readonly finding: SessionFinding
  readonly method: string
  readonly peer: string
}

export function decide({ route, finding, method, peer }: Question): Decision {
  const session = finding.kind === 'found' ? finding.session : undefined
  if (route.public) return { kind: 'forward', reason: 'public', ...(session && { session }) }
  if (!session) return { kind: 'login', reason: whyLogin(finding) }
  const verdict = judgePolicy(route.policy, session.identity, { method, peer })
  return verdict === 'allowed'
    ? { kind: 'forward', reason: 'allowed', session }
    : { kind: 'forbid', reason: verdict, session }
}

/** Why somebody without a session has none. */
export function whyLogin(finding: SessionFinding): LoginReason {
  if (finding.kind === 'unreadable') return 'session-unreadable'
  if (finding.kind !== 'ended') return 'no-session'
  switch (finding.why) {
    case 'idle':
      return 'session-idle'
    case 'absolute':
      return 'session-over'
    case 'revoked':
      return 'session-revoked'
    case 'unknown':
      return 'session-unknown'
    default:
      throw finding.why satisfies never
  }
}
