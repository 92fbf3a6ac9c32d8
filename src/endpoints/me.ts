// `me`: for single-page applications, who is signed in and until when. No tokens, ever.
import { browserName } from '../core/browser-name.ts'
import { type Session, sessionExpiry } from '../core/session.ts'
import type { SessionConfig } from '../core/settings.ts'
import { jsonAnswer, withCookies } from '../http/answer.ts'
import { type Endpoint, onlyParam } from './reception.ts'
import { unauthenticated } from './unauthenticated.ts'

/** `?slide=false`: whoever only asks how long it lasts does not make it last longer. */
export const me: Endpoint = async (caller, reception) => {
  const { visit, address, params } = caller
  const slide = onlyParam(params, 'slide') !== 'false'
  const { finding, setCookies } = await reception.sessions.find(visit.cookies, address.host, reception.now(), { slide })
  if (finding.kind !== 'found') return unauthenticated(caller, reception, finding)
  const { session } = finding
  visit.trail.session = session
  return withCookies(jsonAnswer(200, { ...whoIs(session), session: timesOf(session, reception.session) }), setCookies)
}

function whoIs({ identity: { user, email, name, groups, subject, issuer, provider } }: Session): object {
  return { user, email, name, groups, subject, issuer, provider }
}

/** The id is the one by which the list of sessions calls it. */
function timesOf(session: Session, limits: SessionConfig): object {
  const { id, device, startedAt } = session
  return {
    id,
    browser: browserName(device.browser),
    address: device.address,
    startedAt: new Date(startedAt).toISOString(),
    expiresAt: new Date(sessionExpiry(session, limits)).toISOString(),
    endsAt: new Date(startedAt + limits.absoluteMs).toISOString(),
  }
}
