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
  const { issuer } = provider
  const ended = await reception.sessions.endWhere({ issuer, sid }, reception.now() + 1)
  if (ended.length > 0)
    reception.log.info({ request: caller.visit.id, issuer, sessions: ended }, 'signed out by the provider, in a frame')
  return withCookies(framed(await provider.pageOrigins()), await staleCookies(caller, reception))
}

function providerNamed(iss: string | undefined, { providers }: Reception): Provider | undefined {
  return Array.from(providers.values()).find(({ issuer, mayEnd }) => issuer === iss && mayEnd.byFrontChannel)
}

/** Where the browser did send its cookie, and it opens nothing any more, the cookie goes. A frame keeps no session alive. */
async function staleCookies({ visit, address }: Caller, { sessions, now }: Reception): Promise<readonly string[]> {
  const { setCookies } = await sessions.find(visit.cookies, address.host, now(), { slide: false })
  return setCookies
}

const framed = (origins: readonly string[]): Answer => ({
  status: 200,
  headers: Object.entries(framedPageHeaders(origins)),
  body: framedPage(),
})
