// Steps 4 and 5, token request and token response: the code becomes tokens, and the ID token is believed only when it holds.
import { genericGrantRequest, type TokenEndpointResponse } from 'openid-client'
import { SallyportError } from '../core/errors.ts'
import type { Claims } from '../core/identity.ts'
import type { Tokens } from '../core/session.ts'
import { providerFailure } from './errors.ts'
import { idTokenProblem } from './id-token.ts'
import type { Login } from './login.ts'
import { verifySignature } from './signature.ts'
import { expiresAt } from './token-expiry.ts'

export type TokenAnswer = { readonly claims: Claims; readonly tokens: Tokens & { readonly accessToken: string } }

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
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = answer
  if (answer.token_type !== 'bearer') throw refused('token_type is not Bearer')
  if (idToken === undefined) throw refused('it has no ID token')
  const claims = await verifiedClaims(idToken, accessToken, login)
  const accessTokenExpiresAt = expiresAt(answer.expires_in, login.now)
  const facts = { refreshable: refreshToken !== undefined, expires: accessTokenExpiresAt !== undefined }
  login.log.debug({ provider: login.settings.name, ...facts }, 'step 5: token response')
  return {
    claims,
    tokens: {
      idToken,
      accessToken,
      ...(refreshToken && { refreshToken }),
      ...(accessTokenExpiresAt && { accessTokenExpiresAt }),
    },
  }
}

async function verifiedClaims(
  idToken: string,
  accessToken: string,
  { settings, pending, ring, now }: Login,
): Promise<Claims> {
  const verified = await verifySignature(idToken, { ring, algs: settings.idTokenAlgs, now })
  if (!verified.ok) throw refusedIdToken(verified.problem)
  const { issuer, clientId, clockSkewMs: skewMs } = settings
  const expected = { issuer, clientId, skewMs, now, nonce: pending.nonce, accessToken, alg: verified.alg }
  const problem = idTokenProblem(verified.claims, expected)
  if (problem) throw refusedIdToken(problem)
  return verified.claims
}

const refused = (problem: string) => new SallyportError('login-failed', `the token response was refused: ${problem}`)
const refusedIdToken = (problem: string) => new SallyportError('login-failed', `the ID token was refused: ${problem}`)
