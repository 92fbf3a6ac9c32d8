// `logout`: ends the session here, then at the provider (OpenID Connect RP-Initiated Logout 1.0). Another site can do neither.
import { randomBytes } from 'node:crypto'
import type { Session } from '../core/session.ts'
import { type Answer, jsonAnswer, pageAnswer, redirectAnswer, withCookies } from '../http/answer.ts'
import { cameFrom } from '../http/asks.ts'
import { failureAnswer } from '../http/failure.ts'
import type { Provider } from '../oidc/provider.ts'
import { logoutPage } from '../pages/logout-page.ts'
import { type Caller, type Endpoint, type Reception, signedOutUrlOf } from './reception.ts'

/** POST is the way to log out. Browsers always say where a POST came from, so one that says nothing is no browser's. */
export const postLogout: Endpoint = async (caller, reception) => {
  if (cameFrom(caller.raw, caller.address.origin) === 'elsewhere') return failureAnswer(caller.visit, 'cross-site')
  return endSession(caller, reception)
}

/** A link on our own origin logs out; anybody else's, and an address typed in, is asked first. */
export const getLogout: Endpoint = async (caller, reception) => {
  if (isOwnLink(caller)) return endSession(caller, reception)
  return pageAnswer(200, logoutPage({ action: `${reception.prefix}/logout`, requestId: caller.visit.id }), 'form')
}

/** Somebody followed it. A page of the application that shows an image or a frame from here has nobody's consent, and a prefetch no one's. */
function isOwnLink({ visit, address, raw }: Caller): boolean {
  const isPage = visit.asks === 'navigation' && (raw.headers['sec-fetch-dest'] ?? 'document') === 'document'
  return isPage && visit.method === 'GET' && cameFrom(raw, address.origin) === 'same-origin'
}

async function endSession(caller: Caller, reception: Reception): Promise<Answer> {
  const { visit, address, raw } = caller
  const { ended, setCookies } = await reception.sessions.end(visit.cookies, address.host, reception.now())
  const provider = providerOf(ended, reception)
  if (ended) {
    reception.log.info({ request: visit.id, session: ended.id }, 'signed out')
    provider?.revoke(ended.tokens)
  }
  const next = (await atTheProvider(provider, ended, caller, reception)) ?? `${reception.prefix}/signed-out`
  const wantsJson = visit.asks === 'data' && raw.headers.accept?.includes('application/json')
  return withCookies(wantsJson ? jsonAnswer(200, { location: next }) : redirectAnswer(next), setCookies)
}

/** Where this session came from: a reload may have put another provider under its name, which must not see its tokens. */
function providerOf(ended: Session | undefined, { providers }: Reception): Provider | undefined {
  if (!ended) return providers.values().next().value
  const provider = providers.get(ended.identity.provider)
  return provider?.issuer === ended.identity.issuer ? provider : undefined
}

/** Works without a session too: then the provider is asked without a hint, and asks the person. */
async function atTheProvider(
  provider: Provider | undefined,
  ended: Session | undefined,
  { address }: Caller,
  { prefix }: Reception,
): Promise<string | undefined> {
  const url = await provider?.logoutUrl({
    ...(ended && { idTokenHint: ended.tokens.idToken }),
    postLogoutRedirectUri: signedOutUrlOf(address, prefix),
    state: randomBytes(16).toString('base64url'),
  })
  return url?.href
}
