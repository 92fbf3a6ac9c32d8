// The door to one provider: begins a login, finishes it, says where to log out, and reads who is to be logged out here.
import { buildEndSessionUrl } from 'openid-client'
import { SallyportError } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import type { AuthorizationResponse, PendingLogin } from '../core/pending-login.ts'
import type { Session, Tokens } from '../core/session.ts'
import type { ProviderConfig } from '../core/settings.ts'
import { type Departure, type LoginWish, userAuthenticationRequest } from './authorization.ts'
import { type Discovered, type Discovery, makeDiscovery, type Readiness } from './discovery.ts'
import { type Exchange, identityOf } from './exchange.ts'
import { type KeyRing, makeKeyRing, strangersRing } from './jwks.ts'
import type { Login } from './login.ts'
import { type LogoutReading, readLogoutToken } from './logout-token.ts'
import { makeOutbound } from './outbound.ts'
import { type Refreshed, refresh } from './refresh.ts'
import { tokenRequest, tokenResponse } from './token.ts'
import { tolerateOddExpiry } from './token-expiry.ts'
import { revokeTokens } from './token-revocation.ts'
import { withUserinfo } from './userinfo.ts'

export type Provider = {
  readonly name: string
  readonly issuer: string
  /** Starts discovery in the background and keeps trying, with growing pauses, until it succeeds. */
  warmUp(): void
  status(): Readiness
  /** Step 1: where to send the browser, and what to remember meanwhile. */
  begin(wish: LoginWish): Promise<Departure>
  /** Steps 4 to 7. The caller has checked transaction, state and `iss` before, so this makes the outbound calls and judges their answers. */
  finish(answer: CodeAnswer): Promise<SignedIn>
  /** New tokens for a session of this provider that has a refresh token, and what is said of the person now. Never throws for what the provider does. */
  refresh(asked: { readonly session: Session; readonly now: number }): Promise<Refreshed>
  /** Where RP-initiated logout begins; undefined when the provider has no such place, cannot be reached, or is not to be asked. */
  logoutUrl(wish: LogoutWish): Promise<URL | undefined>
  /** By which ways this provider may end sessions here. */
  readonly mayEnd: { readonly byBackChannel: boolean; readonly byFrontChannel: boolean }
  /** Who is to be signed out according to a token that somebody brought, or why it is refused. Throws when the keys cannot be had. */
  readLogoutToken(token: string, now: number): Promise<LogoutReading>
  /** The origins of its pages: those that may put our front-channel logout into a frame. */
  pageOrigins(): Promise<readonly string[]>
  /** Has the provider forget these tokens, in the background (RFC 7009). */
  revoke(tokens: Tokens): void
  close(): Promise<void>
}

export type CodeAnswer = {
  readonly response: AuthorizationResponse & { readonly kind: 'code' }
  readonly pending: PendingLogin
  /** Epoch milliseconds. */
  readonly now: number
}

export type SignedIn = { readonly identity: Identity; readonly tokens: Tokens; readonly sid?: string }

export type { Refreshed }

export type LogoutWish = {
  readonly idTokenHint?: string
  readonly postLogoutRedirectUri: string
  readonly state: string
}

export function makeProvider(settings: ProviderConfig, log: Log): Provider {
  const outbound = makeOutbound(settings)
  const discovery = makeDiscovery(settings, tolerateOddExpiry(outbound.fetch), log)
  const ringAt = keyRings(uri => makeKeyRing(uri, outbound.fetch, log))
  const strangersRingAt = keyRings(uri => strangersRing(ringAt(uri)))
  const exchange = ({ config, metadata }: Discovered, now: number): Exchange => ({
    ...{ settings, config, metadata, log, now },
    ring: ringAt(metadata.jwks_uri),
  })
  return {
    name: settings.name,
    issuer: settings.issuer,
    warmUp: discovery.warmUp,
    status: discovery.status,
    async begin(wish) {
      const departure = await userAuthenticationRequest(wish, settings, await discovery.get(wish.now))
      const facts = { provider: settings.name, scopes: settings.scopes, attempt: wish.attempt }
      log.debug(facts, 'step 1: user authentication request')
      // What happens there is between the browser and the provider: no credentials come by here.
      log.debug({ provider: settings.name, at: departure.url.host }, 'step 2: authorization server login')
      return departure
    },
    async finish({ response, pending, now }) {
      return signIn(response, { ...exchange(await discovery.get(now), now), pending })
    },
    async refresh({ session, now }) {
      const found = await discovery.find(now)
      if (!found) return { kind: 'unavailable', why: 'the provider is away' }
      return refresh(session, exchange(found, now))
    },
    logoutUrl: wish => logoutUrl(wish, settings, discovery, log),
    mayEnd: { byBackChannel: settings.logout.backChannel, byFrontChannel: settings.logout.frontChannel },
    async readLogoutToken(token, now) {
      const { metadata } = await discovery.get(now)
      return readLogoutToken(token, { settings, ring: strangersRingAt(metadata.jwks_uri), now })
    },
    async pageOrigins() {
      const found = await discovery.find(Date.now())
      const pages = [settings.issuer, found?.metadata.end_session_endpoint ?? settings.issuer]
      return [...new Set(pages.map(page => new URL(page).origin))]
    },
    revoke: tokens => void revokeTokens(tokens, { settings, discovery, log }),
    async close() {
      discovery.close()
      await outbound.close()
    },
  }
}

async function signIn(response: CodeAnswer['response'], login: Login): Promise<SignedIn> {
  const { settings, pending } = login
  const code = response.params.get('code')
  if (code === null || pending.issuer !== settings.issuer)
    throw new SallyportError('login-failed', 'the answer has no code, or belongs to a login at another issuer')
  const answer = await tokenResponse(await tokenRequest(code, login), login)
  const { accessToken } = answer.tokens
  const identity = identityOf(await withUserinfo({ claims: answer.claims, accessToken }, login), login)
  const { sid } = answer.claims
  return { identity, tokens: answer.tokens, ...(typeof sid === 'string' && sid !== '' && { sid }) }
}

async function logoutUrl(
  wish: LogoutWish,
  settings: ProviderConfig,
  discovery: Discovery,
  log: Log,
): Promise<URL | undefined> {
  if (settings.logout.rpInitiated === 'never') return undefined
  const found = await discovery.find(Date.now())
  if (!found) log.warn({ provider: settings.name }, 'logout stays local: the provider is away')
  if (found?.metadata.end_session_endpoint === undefined) return undefined
  return buildEndSessionUrl(found.config, {
    post_logout_redirect_uri: wish.postLogoutRedirectUri,
    state: wish.state,
    ...(wish.idTokenHint && { id_token_hint: wish.idTokenHint }),
  })
}

/** Keys are kept per address, so that renewed metadata that names the same one costs no request. */
function keyRings(make: (uri: string) => KeyRing): (uri: string) => KeyRing {
  let current: { readonly uri: string; readonly ring: KeyRing } | undefined
  return uri => {
    if (current?.uri !== uri) current = { uri, ring: make(uri) }
    return current.ring
  }
}
