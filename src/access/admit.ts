// Count the visit, load its session, refresh it where that is due, ask the one decision, and write both on the trail. Every door comes through here.
import { type Decision, decide } from '../core/decide.ts'
import type { Route } from '../core/route.ts'
import type { Limit } from '../http/too-many.ts'
import type { Visit } from '../http/visit.ts'
import type { Found, Sessions } from '../session/sessions.ts'
import { addressLimit, userLimit } from './how-often.ts'
import type { Refresher } from './refresher.ts'

export type Admission = {
  readonly decision: Decision | Limit
  /** Renewed or deleted session cookies; whether they may go out depends on the answer. */
  readonly setCookies: readonly string[]
}

export type Asking = { readonly visit: Visit; readonly route: Route; readonly host: string; readonly now: number }

export type Cloakroom = { readonly sessions: Sessions; readonly refresher: Pick<Refresher, 'refresh'> }

export async function admit(cloakroom: Cloakroom, asking: Asking): Promise<Admission> {
  const { visit, route } = asking
  const { perAddress, perUser } = route.rateLimit
  const coming = { what: `route ${route.name}`, address: visit.client.address }
  const tooOften = await addressLimit(cloakroom.sessions, { ...coming, rate: perAddress })
  if (tooOften) return { decision: tooOften, setCookies: [] }
  const { finding, setCookies } = await findFresh(cloakroom, asking)
  const decision = decide({ route, finding, method: visit.method, peer: visit.client.address })
  visit.trail.decision = decision.kind
  visit.trail.reason = decision.reason
  if ('session' in decision && decision.session) visit.trail.session = decision.session
  if (decision.kind !== 'forward') return { decision, setCookies }
  const { session } = decision
  const limit = await userLimit(cloakroom.sessions, { ...coming, rate: perUser, identity: session?.identity })
  return { decision: limit ?? decision, setCookies }
}

/** Whoever asks, a page or a program: what is due is refreshed before the decision, so that it falls on the newest claims. */
async function findFresh({ sessions, refresher }: Cloakroom, { visit, route, host, now }: Asking): Promise<Found> {
  const { cookies } = visit
  const limits = route.session
  const found = await sessions.find(cookies, host, now, { limits })
  if (found.finding.kind !== 'found') return found
  const changed = await refresher.refresh(found.finding.session, { cookies, host, now })
  return changed ? sessions.find(cookies, host, now, { limits, fresh: true }) : found
}
