// A second look at a visit that was let in and is still here: its session as it is now, and the same one decision.
import { type Decision, decide, type SessionFinding } from '../core/decide.ts'
import type { Route } from '../core/route.ts'
import type { RouteTable } from '../core/route-table.ts'
import { sessionEnd, sessionExpiry } from '../core/session.ts'
import type { Address, Visit } from '../http/visit.ts'
import type { Sessions } from '../session/sessions.ts'

export type Guest = { readonly visit: Visit; readonly address: Address }

type Refusal = Exclude<Decision, { kind: 'forward' }>

/** Why a guest may not stay, and what such a visitor would be told at the door. */
export type Parting = {
  readonly why: Refusal['reason'] | 'session-ended' | 'no-route' | 'unjudged'
  readonly refusal?: Refusal
}

/** `until` is epoch milliseconds: then it is time for another look. */
export type Judgement =
  | { readonly kind: 'stays'; readonly until: number }
  | { readonly kind: 'leaves'; readonly parting: Parting }

export type SecondLook = {
  /** The session behind this visit's cookies; its idle clock stays where it is. `fresh`: as all replicas know it now. */
  find(guest: Guest, now: number, how: { readonly fresh: boolean }): Promise<SessionFinding>
  /** As if the visit came now, to the routes of this generation. */
  judge(guest: Guest, finding: SessionFinding, now: number): Judgement
}

export function makeSecondLook(sessions: Sessions, table: RouteTable): SecondLook {
  return {
    async find({ visit, address }, now, { fresh }) {
      const { finding } = await sessions.find(visit.cookies, address.host, now, { slide: false, fresh })
      return finding
    },
    judge({ visit, address }, finding, now) {
      const place = table.match(address.host, visit.method, address.target)
      if (place?.kind !== 'route') return leaves({ why: 'no-route' })
      const { route } = place
      const within = withinLimits(finding, route, now)
      const decision = decide({ route, finding: within, method: visit.method, peer: visit.client.address })
      if (decision.kind !== 'forward') return leaves({ why: decision.reason, refusal: decision })
      return { kind: 'stays', until: Math.min(now + route.recheckMs, expiry(within, route)) }
    },
  }
}

const leaves = (parting: Parting): Judgement => ({ kind: 'leaves', parting })

function withinLimits(finding: SessionFinding, route: Route, now: number): SessionFinding {
  const why = finding.kind === 'found' ? sessionEnd(finding.session, route.session, now) : undefined
  return why ? { kind: 'ended', why } : finding
}

const expiry = (finding: SessionFinding, route: Route): number =>
  finding.kind === 'found' ? sessionExpiry(finding.session, route.session) : Number.POSITIVE_INFINITY
