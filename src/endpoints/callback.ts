// `callback`: steps 3 to 7. State, transaction and issuer are checked before any outbound call; then the provider's answers; then the session begins.
import { describe, type ErrorCode, SallyportError } from '../core/errors.ts'
import {
  type AuthorizationResponse,
  issuerProblem,
  type PendingLogin,
  readAuthorizationResponse,
} from '../core/pending-login.ts'
import { loginPath } from '../core/return-to.ts'
import { deviceOf } from '../core/session.ts'
import { type Answer, pageAnswer, redirectAnswer, withCookies, withHeaders } from '../http/answer.ts'
import { failureAnswer, thrownAnswer } from '../http/failure.ts'
import type { Address } from '../http/visit.ts'
import type { Provider } from '../oidc/provider.ts'
import { returningPage } from '../pages/returning-page.ts'
import { type Caller, type Endpoint, type Reception, redirectUriOf } from './reception.ts'
import { startLogin } from './start-login.ts'

/** A login that keeps coming back without a success is not sent round a fourth time. */
const MOST_ATTEMPTS = 3

export const callback: Endpoint = async (caller, reception) => {
  const { visit, address, params } = caller
  const response = readAuthorizationResponse(params)
  if (!response)
    return loginProblem(
      caller,
      reception,
      'login-unknown',
      'the answer has no state, no code and no error, or one of them twice',
    )
  const { pending, why, setCookies } = reception.sessions.take(
    response.state,
    visit.cookies,
    address.host,
    reception.now(),
  )
  const answer = pending
    ? await conclude(response, pending, caller, reception)
    : await withoutLogin(why, caller, reception)
  return withCookies(answer, setCookies)
}

/** Back onto a callback that was used already: whoever is signed in wants the application, anybody else a way to start again. */
async function withoutLogin(why: string | undefined, caller: Caller, reception: Reception): Promise<Answer> {
  const { finding } = await reception.sessions.find(caller.visit.cookies, caller.address.host, reception.now())
  if (finding.kind === 'found') return redirectAnswer('/')
  return loginProblem(
    caller,
    reception,
    why === 'expired' ? 'login-expired' : 'login-unknown',
    `the login is ${why ?? 'unknown'}`,
  )
}

async function conclude(
  response: AuthorizationResponse,
  pending: PendingLogin,
  caller: Caller,
  reception: Reception,
): Promise<Answer> {
  const provider = reception.providers.get(pending.provider)
  if (
    !provider ||
    provider.issuer !== pending.issuer ||
    pending.redirectUri !== redirectUriOf(provider.name, caller.address, reception)
  ) {
    return loginProblem(caller, reception, 'login-unknown', 'the login was begun under another configuration', pending)
  }
  const mixUp = doorProblem(pending, caller.address) ?? issuerProblem(pending, response.params)
  if (mixUp) return loginProblem(caller, reception, 'login-mixed-up', mixUp, pending)
  reception.log.debug(
    { request: caller.visit.id, provider: provider.name, kind: response.kind },
    'step 3: authorization code grant',
  )
  if (response.kind === 'error') return refusedLogin(response.error, { pending, provider }, caller, reception)
  return finishLogin(response, { pending, provider }, caller, reception)
}

/** Mix-up defence where a provider does not name itself: it was told to send people to its own door, and so was every other. */
function doorProblem({ redirectUri }: PendingLogin, { origin, target }: Address): string | undefined {
  return `${origin}${target.canonical}` === redirectUri
    ? undefined
    : 'the answer came to the redirect URI of another provider than the one this login went to'
}

type Transaction = { readonly pending: PendingLogin; readonly provider: Provider }

/** The provider said no. Only its own passing trouble is worth another round. */
async function refusedLogin(
  error: string,
  { pending, provider }: Transaction,
  caller: Caller,
  reception: Reception,
): Promise<Answer> {
  if (error === 'temporarily_unavailable' && pending.attempt + 1 < MOST_ATTEMPTS) {
    return startLogin(caller, reception, { provider, returnTo: pending.returnTo, attempt: pending.attempt + 1 })
  }
  reception.metrics.login(provider.name, 'failed')
  return loginProblem(caller, reception, 'login-refused', `the provider answered "${error}"`, pending)
}

async function finishLogin(
  response: AuthorizationResponse & { kind: 'code' },
  { pending, provider }: Transaction,
  caller: Caller,
  reception: Reception,
): Promise<Answer> {
  const { visit, address, raw } = caller
  const now = reception.now()
  try {
    const signedIn = await provider.finish({ response, pending, now })
    const device = deviceOf(raw.headers['user-agent'], visit.client.address)
    const { session, setCookies } = await reception.sessions.begin(
      { ...signedIn, device },
      visit.cookies,
      address.host,
      now,
    )
    visit.trail.session = session
    reception.metrics.login(provider.name, 'succeeded')
    reception.log.info({ request: visit.id, provider: provider.name, session: session.id }, 'signed in')
    return withCookies(homeward(pending, reception), setCookies)
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error
    reception.metrics.login(provider.name, 'failed')
    reception.log.warn({ request: visit.id, provider: provider.name, error: describe(error) }, 'login failed')
    return thrownAnswer(visit, error, { retryUrl: loginUrl(reception, pending) })
  }
}

/**
 * Back to the page that was asked for. A strict cookie is withheld from a redirect that began at another site, so then
 * a page of ours does the last step (RFC 6265bis 5.2).
 */
function homeward({ returnTo }: PendingLogin, { session }: Reception): Answer {
  if (session.cookie.sameSite !== 'strict') return redirectAnswer(returnTo)
  return withHeaders(pageAnswer(200, returningPage({ returnTo }), 'formless'), [['Refresh', `0; url=${returnTo}`]])
}

function loginProblem(
  caller: Caller,
  reception: Reception,
  code: ErrorCode,
  found: string,
  pending?: PendingLogin,
): Answer {
  caller.visit.trail.failure = code
  reception.log.warn({ request: caller.visit.id, failure: code, found }, 'login refused')
  return failureAnswer(caller.visit, code, { retryUrl: loginUrl(reception, pending) })
}

const loginUrl = ({ prefix }: Reception, pending?: PendingLogin): string =>
  pending ? loginPath(pending.returnTo, prefix) : `${prefix}/login`
