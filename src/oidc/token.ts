// Steps 4 and 5, token request and token response: the code becomes tokens, and the ID token is believed only when it holds.
import { genericGrantRequest, type TokenEndpointResponse } from 'openid-client'
import { SallyportError } from '../core/errors.ts'
import type { Claims } from '../core/identity.ts'
import { refreshTime } from '../core/refresh.ts'
import type { Tokens } from '../core/session.ts'
import { providerFailure } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { type Expected, type ExpectedAtLogin, idTokenProblem } from './id-token.ts'
import type { Login } from './login.ts'
import { verifySignature } from './signature.ts'
import { expiresAt } from './token-expiry.ts'

export type NewTokens = Tokens & { readonly accessToken: string }

export type TokenAnswer = { readonly claims: Claims; readonly tokens: NewTokens }

/** Step 4. The redirect URI is the very text of step 1: openid-client's own code grant would derive it from a URL object. */
export async function tokenRequest(
  code: string,
  { config, pending, settings, log }: Login,
): Promise<TokenEndpointResponse> {
  log.debug({ provider: settings.name, clientAuth: settings.clientAuth.method }, 'step 4: token request')
  const params = { code, redirect_uri: pending.redirectUri, code_verifier: pending.codeVerifier }
  try {
    return await genericGrantRequest(config, 'authorization_code', params)
  } catch (cause) {
    throw providerFailure('the token exchange', cause)
  }
}

/** Step 5. openid-client has looked at the claims already, but at no signature; here both are judged, and the nonce. */
export async function tokenResponse(answer: TokenEndpointResponse, login: Login): Promise<TokenAnswer> {
  const { access_token: accessToken, id_token: idToken } = answer
  if (answer.token_type !== 'bearer') throw refused('token_type is not Bearer')
  if (idToken === undefined) throw refused('it has no ID token')
  const { nonce } = login.pending
  const claims = await verifiedClaims({ idToken, accessToken }, login, (claims, expected) =>
    idTokenProblem(claims, { ...expected, nonce, ...authenticatedSince(login) }),
  )
  const tokens = tokensFrom(answer, { idToken }, login.now)
  const facts = { refreshable: 'refreshToken' in tokens, expires: 'accessTokenExpiresAt' in tokens }
  login.log.debug({ provider: login.settings.name, ...facts }, 'step 5: token response')
  return { claims, tokens }
}

/** Counted from when the login began: the provider judges then, and what comes after it may take the person a while. */
function authenticatedSince({ settings, pending }: Login): Pick<ExpectedAtLogin, 'authenticatedSince'> {
  const { max_age: seconds } = settings.authorizationParams
  return seconds === undefined ? {} : { authenticatedSince: pending.startedAt - Number(seconds) * 1000 }
}

/** The claims of an ID token whose signature holds and in which `judge` finds no problem. Throws otherwise. */
export async function verifiedClaims(
  { idToken, accessToken }: Pick<NewTokens, 'idToken' | 'accessToken'>,
  { settings, ring, now }: Exchange,
  judge: (claims: Claims, expected: Expected) => string | undefined,
): Promise<Claims> {
  const verified = await verifySignature(idToken, { ring, algs: settings.idTokenAlgs, now })
  if (!verified.ok) throw refusedIdToken(verified.problem)
  const { issuer, clientId, clockSkewMs: skewMs } = settings
  const problem = judge(verified.claims, { issuer, clientId, skewMs, now, accessToken, alg: verified.alg })
  if (problem) throw refusedIdToken(problem)
  return verified.claims
}

/** The tokens of an answer; an ID token or refresh token that it does not bring stays the one from `before`. */
export function tokensFrom(
  answer: TokenEndpointResponse,
  before: Pick<Tokens, 'idToken' | 'refreshToken'>,
  now: number,
): NewTokens {
  const accessTokenExpiresAt = expiresAt(answer.expires_in, now)
  const refreshToken = answer.refresh_token ?? before.refreshToken
  return {
    idToken: answer.id_token ?? before.idToken,
    accessToken: answer.access_token,
    ...(refreshToken && { refreshToken, refreshAt: refreshTime(accessTokenExpiresAt, now) }),
    ...(accessTokenExpiresAt && { accessTokenExpiresAt }),
  }
}

const refused = (problem: string) => new SallyportError('login-failed', `the token response was refused: ${problem}`)
const refusedIdToken = (problem: string) => new SallyportError('login-failed', `the ID token was refused: ${problem}`)
