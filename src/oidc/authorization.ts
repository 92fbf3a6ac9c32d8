// Step 1, user authentication request: where the browser is sent, and what must come back from there.
import { randomBytes } from 'node:crypto'
import { buildAuthorizationUrl, calculatePKCECodeChallenge } from 'openid-client'
import type { PendingLogin } from '../core/pending-login.ts'
import type { SafeReturnTo } from '../core/return-to.ts'
import type { ProviderConfig } from '../core/settings.ts'
import type { Discovered } from './discovery.ts'

export type LoginWish = {
  readonly redirectUri: string
  readonly returnTo: SafeReturnTo
  readonly attempt: number
  /** Who will probably sign in, for the provider's form (OpenID Connect Core 3.1.2.1). */
  readonly loginHint?: string
  /** Epoch milliseconds. */
  readonly now: number
}

export type Departure = { readonly url: URL; readonly pending: PendingLogin }

export async function userAuthenticationRequest(
  wish: LoginWish,
  settings: ProviderConfig,
  { config, metadata }: Discovered,
): Promise<Departure> {
  const pending: PendingLogin = {
    state: randomText(),
    nonce: randomText(),
    codeVerifier: randomText(),
    provider: settings.name,
    issuer: settings.issuer,
    issExpected: metadata.authorization_response_iss_parameter_supported === true,
    redirectUri: wish.redirectUri,
    responseMode: settings.responseMode,
    returnTo: wish.returnTo,
    startedAt: wish.now,
    attempt: wish.attempt,
  }
  const challenge = await calculatePKCECodeChallenge(pending.codeVerifier)
  return { url: buildAuthorizationUrl(config, requestParams(pending, challenge, { settings, wish })), pending }
}

/** Configured extras come first, so that none of them stands in place of a parameter of the protocol. */
function requestParams(
  pending: PendingLogin,
  challenge: string,
  { settings, wish }: { readonly settings: ProviderConfig; readonly wish: LoginWish },
): Record<string, string> {
  return {
    ...settings.authorizationParams,
    ...(wish.loginHint && { login_hint: wish.loginHint }),
    client_id: settings.clientId,
    response_type: 'code',
    // Query is what a code comes in anyway, and some providers refuse to be told so.
    ...(pending.responseMode !== 'query' && { response_mode: pending.responseMode }),
    redirect_uri: pending.redirectUri,
    scope: settings.scopes.join(' '),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
}

/** 256 random bits in 43 characters: also a code verifier (RFC 7636 4.1). */
const randomText = (): string => randomBytes(32).toString('base64url')
