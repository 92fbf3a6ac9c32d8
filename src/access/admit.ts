// Load the session, ask the one decision, and write both on the visit's trail. Every door comes through here.
import { type Decision, decide } from '../core/decide.ts'
import type { Route } from '../core/route.ts'
import type { Visit } from '../http/visit.ts'
import type { Sessions } from '../session/sessions.ts'

export type Admission = {
  readonly decision: Decision
  /** Renewed or deleted session cookies; whether they may go out depends on the answer. */
  readonly setCookies: readonly string[]
}

export type Asking = { readonly visit: Visit; readonly route: Route; readonly host: string; readonly now: number }

export async function admit(sessions: Sessions, { visit, route, host, now }: Asking): Promise<Admission> {
  const { finding, setCookies } = await sessions.find(visit.cookies, host, now)
  const decision = decide({ route, finding, method: visit.method, peer: visit.client.address })
  visit.trail.decision = decision.kind
  visit.trail.reason = decision.reason
  if ('session' in decision && decision.session) visit.trail.session = decision.session
  return { decision, setCookies }
}
