// `callback`: step 3. State, transaction, provider and issuer are checked before any outbound call.
import { addressLimit } from '../access/how-often.ts'
import {
  type AuthorizationResponse,
  issuerProblem,
  type PendingLogin,
  type ResponseMode,
  readAuthorizationResponse,
  responseModeProblem,
} from '../core/pending-login.ts'
import { type Answer, redirectAnswer, withCookies } from '../http/answer.ts'
import { failureAnswer } from '../http/failure.ts'
import { tooManyAnswer } from '../http/too-many.ts'
import type { Address } from '../http/visit.ts'
import { finishLogin, type Transaction } from './finish-login.ts'
import { loginProblem } from './login-problem.ts'
import { type Caller, type Endpoint, type Reception, redirectUriOf } from './reception.ts'
import { startLogin } from './start-login.ts'

/** A login that keeps coming back without a success is not sent round a fourth time. */
const MOST_ATTEMPTS = 3

type Arrival = { readonly params: URLSearchParams; readonly responseMode: ResponseMode }

export const getCallback: Endpoint = async (caller, reception) =>
  receive({ params: caller.params, responseMode: 'query' }, caller, reception)

/** OAuth 2.0 Form Post Response Mode: the answer is the body, and what stands in the address is not read. */
export const postCallback: Endpoint = async (caller, reception) => {
  const form = await caller.form()
  if (!form.ok) return failureAnswer(caller.visit, form.code)
  return receive({ params: form.params, responseMode: 'form_post' }, caller, reception)
}

async function receive({ params, responseMode }: Arrival, caller: Caller, reception: Reception): Promise<Answer> {
  const { visit, address } = caller
  const response = readAuthorizationResponse(params)
  if (!response) {
    const found = 'the answer has no state, no code and no error, or one of them twice'
    return (await tooManyStrays(caller, reception)) ?? loginProblem({ code: 'login-unknown', found }, caller, reception)
  }
  const now = reception.now()
  const { pending, why, setCookies } = reception.sessions.take(response.state, visit.cookies, address.host, now)
  const answer = pending
    ? await conclude({ response, responseMode, pending }, caller, reception)
    : ((await tooManyStrays(caller, reception)) ?? (await withoutLogin(why, caller, reception)))
  return withCookies(answer, setCookies)
}

/** What belongs to no login of this browser, anybody can make up. It is counted, and keeps nobody out who has begun one. */
async function tooManyStrays({ visit }: Caller, { sessions, rateLimits }: Reception): Promise<Answer | undefined> {
  const { address } = visit.client
  const limit = await addressLimit(sessions, { what: 'callback', address, rate: rateLimits.callback.perAddress })
  return limit && tooManyAnswer(visit, limit)
}

/** Back onto a callback that was used already: whoever is signed in wants the application, anybody else a way to start again. */
async function withoutLogin(why: string | undefined, caller: Caller, reception: Reception): Promise<Answer> {
  const { finding } = await reception.sessions.find(caller.visit.cookies, caller.address.host, reception.now())
  if (finding.kind === 'found') return redirectAnswer('/')
  const code = why === 'expired' ? 'login-expired' : 'login-unknown'
  return loginProblem({ code, found: `the login is ${why ?? 'unknown'}` }, caller, reception)
}

type Returned = {
  readonly response: AuthorizationResponse
  readonly responseMode: ResponseMode
  readonly pending: PendingLogin
}

async function conclude(
  { response, responseMode, pending }: Returned,
  caller: Caller,
  reception: Reception,
): Promise<Answer> {
  const provider = reception.providers.get(pending.provider)
  if (
    !provider ||
    provider.issuer !== pending.issuer ||
    pending.redirectUri !== redirectUriOf(provider.name, caller.address, reception)
  ) {
    const found = 'the login was begun under another configuration'
    return loginProblem({ code: 'login-unknown', found, pending }, caller, reception)
  }
  const otherWay = responseModeProblem(pending, responseMode)
  if (otherWay) return loginProblem({ code: 'login-unknown', found: otherWay, pending }, caller, reception)
  const mixUp = doorProblem(pending, caller.address) ?? issuerProblem(pending, response.params)
  if (mixUp) return loginProblem({ code: 'login-mixed-up', found: mixUp, pending }, caller, reception)
  const facts = { request: caller.visit.id, provider: provider.name, kind: response.kind }
  reception.log.debug(facts, 'step 3: authorization code grant')
  if (response.kind === 'error') return refusedLogin(response.error, { pending, provider }, caller, reception)
  return finishLogin(response, { pending, provider }, caller, reception)
}

/** Mix-up defence where a provider does not name itself: it was told to send people to its own door, and so was every other. */
function doorProblem({ redirectUri }: PendingLogin, { origin, target }: Address): string | undefined {
  return `${origin}${target.canonical}` === redirectUri
    ? undefined
    : 'the answer came to the redirect URI of another provider than the one this login went to'
}

/** The provider said no. Only its own passing trouble is worth another round. */
async function refusedLogin(
  error: string,
  { pending, provider }: Transaction,
  caller: Caller,
  reception: Reception,
): Promise<Answer> {
  if (error === 'temporarily_unavailable' && pending.attempt + 1 < MOST_ATTEMPTS) {
    const { returnTo, replaces } = pending
    const again = { provider, returnTo, attempt: pending.attempt + 1 }
    return startLogin(caller, reception, replaces === undefined ? again : { ...again, replaces })
  }
  reception.metrics.login(provider.name, 'failed')
  return loginProblem({ code: 'login-refused', found: `the provider answered "${error}"`, pending }, caller, reception)
}
