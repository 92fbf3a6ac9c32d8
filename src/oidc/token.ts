// Steps 4 and 5, token request and token response: the code becomes tokens, and the ID token is believed only when it holds.
import { type CustomFetch, genericGrantRequest, type TokenEndpointResponse } from 'openid-client'
import { SallyportError } from '../core/errors.ts'
import type { Claims } from '../core/identity.ts'
import type { Tokens } from '../core/session.ts'
import { providerFailure } from './errors.ts'
import { idTokenProblem } from './id-token.ts'
import type { Login } from './login.ts'
import { verifySignature } from './signature.ts'

const LONGEST_EXPIRY_SECONDS = 10 * 365 * 24 * 60 * 60

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
    throw providerFailure('the token request', cause)
  }
}

/** Step 5. */
export async function tokenResponse(answer: TokenEndpointResponse, login: Login): Promise<TokenAnswer> {
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = answer
  if (answer.token_type !== 'bearer') throw refused('token_type is not Bearer')
  if (idToken === undefined) throw refused('it has no ID token')
  const claims = await verifiedClaims(idToken, accessToken, login)
  const accessTokenExpiresAt = expiresAt(answer.expires_in, login.now)
  const facts = { refreshToken: refreshToken !== undefined, expires: accessTokenExpiresAt !== undefined }
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

/** Epoch milliseconds; undefined when the provider does not say, or says zero or less. Ten years at the most. */
export function expiresAt(expiresIn: number | undefined, now: number): number | undefined {
  if (expiresIn === undefined || !(expiresIn > 0)) return undefined
  return now + Math.floor(Math.min(expiresIn, LONGEST_EXPIRY_SECONDS) * 1000)
}

/** openid-client fails a token response whose `expires_in` it cannot read, though nothing else is wrong with it: such a one is left out. */
export function tolerateOddExpiry(fetch: CustomFetch): CustomFetch {
  return async (url, options) => {
    const answer = await fetch(url, options)
    if (options.method !== 'POST' || answer.status !== 200) return answer
    const text = await answer.text()
    return new Response(withoutOddExpiry(text), answer)
  }
}

function withoutOddExpiry(text: string): string {
  const body = parseObject(text)
  if (!body || !('expires_in' in body) || isDuration(body.expires_in)) return text
  const { expires_in: _, ...rest } = body
  return JSON.stringify(rest)
}

const isDuration = (value: unknown): boolean =>
  (typeof value === 'number' && value >= 0 && Number.isFinite(value)) ||
  (typeof value === 'string' && /^\d{1,15}$/.test(value))

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined
  } catch {
    // Not for here to answer: openid-client says what is wrong with it.
    return undefined
  }
}
