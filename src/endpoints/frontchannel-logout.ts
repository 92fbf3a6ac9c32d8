// `frontchannel-logout`: a provider ends a session here from a frame in the browser (OpenID Connect Front-Channel Logout 1.0).
import { type Answer, withCookies } from '../http/answer.ts'
import { failureAnswer } from '../http/failure.ts'
import type { Provider } from '../oidc/provider.ts'
import { framedPage, framedPageHeaders } from '../pages/framed-page.ts'
import { type Caller, type Endpoint, onlyParam, type Reception } from './reception.ts'

const MOST_SID_CHARACTERS = 1024

/**
 * Browsers send no cookie of ours from a frame of another site, so issuer and session id must do. Anybody may load this
 * address; but the session id is known to the provider, to us and to this browser alone, and whoever knows it can end
 * that one session and nothing more. Without both there is nothing to go by, and a link must not log people out.
 */
export const frontchannelLogout: Endpoint = async (caller, reception) => {
  const provider = providerNamed(onlyParam(caller.params, 'iss'), reception)
  const sid = onlyParam(caller.params, 'sid')
  if (!provider || !sid || sid.length > MOST_SID_CHARACTERS) return failureAnswer(caller.visit, 'request-malformed')
  const which = { issuer: provider.issuer, sid }
  const setCookies = await endHere(which, caller, reception)
  await endElsewhere(which, caller, reception)
  return withCookies(framed(await provider.pageOrigins()), setCookies)
}

function providerNamed(iss: string | undefined, { providers }: Reception): Provider | undefined {
  return Array.from(providers.values()).find(({ issuer, mayEnd }) => issuer === iss && mayEnd.byFrontChannel)
}

type Which = { readonly issuer: string; readonly sid: string }

/** The session that the browser did bring along, if it is the one. A frame keeps no session alive. */
async function endHere(which: Which, { visit, address }: Caller, reception: Reception): Promise<readonly string[]> {
  const { sessions, log, now } = reception
  const { finding, setCookies } = await sessions.find(visit.cookies, address.host, now(), { slide: false })
  if (finding.kind !== 'found') return setCookies
  const { id, sid, identity } = finding.session
  if (sid !== which.sid || identity.issuer !== which.issuer) return setCookies
  log.info({ request: visit.id, session: id }, 'signed out by a frame of the provider')
  return (await sessions.end(visit.cookies, address.host, now())).setCookies
}

/**
 * Sealed cookies can only be put on a list of voided sessions. A stranger's invented ids must not fill that list, since
 * what is pushed out of it opens again: so where nobody keeps the sessions, it takes the cookie itself.
 */
async function endElsewhere(which: Which, { visit }: Caller, reception: Reception): Promise<void> {
  const { sessions, session, log, now } = reception
  if (session.store.type === 'cookie') return
  const ended = await sessions.endWhere(which, now() + 1)
  if (ended.length > 0) log.info({ request: visit.id, sessions: ended }, 'signed out by a frame of the provider')
}

const framed = (origins: readonly string[]): Answer => ({
  status: 200,
  headers: Object.entries(framedPageHeaders(origins)),
  body: framedPage(),
})
