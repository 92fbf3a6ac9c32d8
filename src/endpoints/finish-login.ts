// Steps 4 to 7: the provider's word about the person becomes a session, and the browser goes where it wanted to.
import { userLimit } from '../access/how-often.ts'
import { describe, SallyportError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { type AuthorizationResponse, hidesSession, type PendingLogin } from '../core/pending-login.ts'
import { deviceOf } from '../core/session.ts'
import { type Answer, pageAnswer, redirectAnswer, withCookies, withHeaders } from '../http/answer.ts'
import { thrownAnswer } from '../http/failure.ts'
import { tooManyAnswer } from '../http/too-many.ts'
import type { Provider, SignedIn } from '../oidc/provider.ts'
import { returningPage } from '../pages/returning-page.ts'
import { retryUrl } from './login-problem.ts'
import type { Caller, Reception } from './reception.ts'

export type Transaction = { readonly pending: PendingLogin; readonly provider: Provider }

export async function finishLogin(
  response: AuthorizationResponse & { kind: 'code' },
  { pending, provider }: Transaction,
  caller: Caller,
  reception: Reception,
): Promise<Answer> {
  const { visit } = caller
  const now = reception.now()
  try {
    const signedIn = await provider.finish({ response, pending, now })
    const limit = await tooManyLogins(signedIn.identity, caller, reception)
    if (limit) return tooManyAnswer(visit, limit)
    const setCookies = await beginSession({ signedIn, pending, now }, caller, reception)
    reception.metrics.login(provider.name, 'succeeded')
    return withCookies(homeward(pending, reception), setCookies)
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error
    reception.metrics.login(provider.name, 'failed')
    reception.log.warn({ request: visit.id, provider: provider.name, error: describe(error) }, 'login failed')
    return thrownAnswer(visit, error, { retryUrl: retryUrl(reception, pending) })
  }
}

const tooManyLogins = (identity: Identity, { visit }: Caller, { sessions, rateLimits }: Reception) =>
  userLimit(sessions, { what: 'callback', address: visit.client.address, identity, rate: rateLimits.callback.perUser })

type Beginning = {
  readonly signedIn: SignedIn
  readonly pending: PendingLogin
  readonly now: number
}

async function beginSession(
  { signedIn, pending, now }: Beginning,
  { visit, address, raw }: Caller,
  { sessions, session: settings, log }: Reception,
): Promise<readonly string[]> {
  const device = deviceOf(raw.headers['user-agent'], visit.client.address)
  const { replaces } = pending
  const signIn = { ...signedIn, device, replaces, isBlind: hidesSession(pending, settings.cookie.sameSite) }
  const { session, setCookies } = await sessions.begin(signIn, visit.cookies, address.host, now)
  visit.trail.session = session
  log.info({ request: visit.id, provider: pending.provider, session: session.id }, 'signed in')
  return setCookies
}

/**
 * Back to the page that was asked for. A strict cookie is withheld from a redirect that began at another site, so then
 * a page of ours does the last step (RFC 6265bis 5.2).
 */
function homeward({ returnTo }: PendingLogin, { session }: Reception): Answer {
  if (session.cookie.sameSite !== 'strict') return redirectAnswer(returnTo)
  return withHeaders(pageAnswer(200, returningPage({ returnTo }), 'formless'), [['Refresh', `0; url=${returnTo}`]])
}
