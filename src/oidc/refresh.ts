// Refresh: new tokens for a session that goes on, and who its person is now. The answer is judged as at login, and against the login.
import { decodeJwt } from 'jose'
import { ClientError, genericGrantRequest, ResponseBodyError, type TokenEndpointResponse } from 'openid-client'
import { describe, SallyportError } from '../core/errors.ts'
import type { Claims, Identity } from '../core/identity.ts'
import type { Session, Tokens } from '../core/session.ts'
import { providerFailure } from './errors.ts'
import { type Exchange, identityOf } from './exchange.ts'
import { refreshedIdTokenProblem } from './id-token.ts'
import { tokensFrom, verifiedClaims } from './token.ts'
import { askUserinfo, mergeClaims } from './userinfo.ts'

export type Refreshed =
  | { readonly kind: 'refreshed'; readonly identity: Identity; readonly tokens: Tokens }
  /** The provider ended the grant, or its answer is not about this session: the session must end. */
  | { readonly kind: 'over'; readonly why: string }
  /** Nobody knows: the session stays as it is. */
  | { readonly kind: 'unavailable'; readonly why: string }

export async function refresh(session: Session, exchange: Exchange): Promise<Refreshed> {
  const asked = await refreshRequest(session, exchange)
  return asked.kind === 'answered' ? refreshResponse(asked.answer, session, exchange) : asked
}

type Asked =
  | Exclude<Refreshed, { readonly kind: 'refreshed' }>
  | { readonly kind: 'answered'; readonly answer: TokenEndpointResponse }

/** RFC 6749 6. There is no redirect in it, and so no redirect URI. */
async function refreshRequest({ tokens }: Session, { config, settings, log }: Exchange): Promise<Asked> {
  log.debug({ provider: settings.name, clientAuth: settings.clientAuth.method }, 'refresh: token request')
  try {
    const answer = await genericGrantRequest(config, 'refresh_token', { refresh_token: tokens.refreshToken ?? '' })
    return { kind: 'answered', answer }
  } catch (cause) {
    return { kind: saysNo(cause) ? 'over' : 'unavailable', why: providerFailure('the refresh', cause).message }
  }
}

/** RFC 6749 5.2, OpenID Connect Core 3.1.2.6: a later try gets the same answer, and only the person can change it. */
const finalWords: ReadonlySet<string> = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
])

/** openid-client looks at the claims of an ID token first; what it finds wrong is as final as what we find. */
const falseAnswers: ReadonlySet<unknown> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
])

const saysNo = (cause: unknown): boolean =>
  cause instanceof ResponseBodyError
    ? finalWords.has(cause.error)
    : cause instanceof ClientError && falseAnswers.has(cause.code)

/** The old refresh token may be dead by now. So when the person cannot be asked about, the new tokens are kept all the same. */
async function refreshResponse(
  answer: TokenEndpointResponse,
  session: Session,
  exchange: Exchange,
): Promise<Refreshed> {
  const { settings, log, now } = exchange
  const tokens = tokensFrom(answer, session.tokens, now)
  try {
    return { kind: 'refreshed', tokens, identity: await identityNow(answer, session, exchange) }
  } catch (cause) {
    if (!(cause instanceof SallyportError)) throw cause
    if (cause.code !== 'provider-unavailable') return { kind: 'over', why: cause.message }
    log.warn({ provider: settings.name, problem: describe(cause) }, 'a refreshed session keeps the claims it had')
    const { identity, tokens: before } = session
    return { kind: 'refreshed', tokens: { ...tokens, idToken: before.idToken }, identity }
  }
}

async function identityNow(answer: TokenEndpointResponse, session: Session, exchange: Exchange): Promise<Identity> {
  if (answer.token_type !== 'bearer') throw new SallyportError('login-failed', 'the refresh gave no Bearer token')
  const proven = { ...authentication(session.identity.claims), ...(await idTokenClaims(answer, session, exchange)) }
  const asked = await askUserinfo({ claims: proven, accessToken: answer.access_token }, exchange)
  const claims = asked.kind === 'claims' ? asked.claims : withoutUserinfo(proven, asked.failure, session, exchange)
  return withSameName(identityOf(claims, exchange), session.identity)
}

/**
 * The ID token is believed first, so what it says now holds in any case. What only userinfo could say stays as it was, or a
 * denied group would be forgotten; and whoever came in without userinfo goes on without it, or no group would ever be.
 */
function withoutUserinfo(
  proven: Claims,
  failure: SallyportError,
  { identity, tokens }: Session,
  { settings, log }: Exchange,
): Claims {
  const facts = { provider: settings.name, problem: describe(failure) }
  const known = { ...authentication(identity.claims), ...decodeJwt(tokens.idToken) }
  const saidByUserinfo = Object.entries(identity.claims).filter(([name]) => !Object.hasOwn(known, name))
  if (saidByUserinfo.length === 0) {
    log.warn(facts, 'userinfo was not to be had; the ID token alone counts')
    return proven
  }
  log.warn(facts, 'userinfo was not to be had; what it said before stays')
  return mergeClaims(proven, Object.fromEntries(saidByUserinfo))
}

/** What only a login can say; later ID tokens may leave it out (OpenID Connect Core 12.2). */
function authentication({ nonce, auth_time, acr, amr, sid }: Claims): Claims {
  const facts = Object.entries({ nonce, auth_time, acr, amr, sid })
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined))
}

/** Without a new ID token the one from before goes on; it was verified when it came. */
async function idTokenClaims(
  { id_token: idToken, access_token: accessToken }: TokenEndpointResponse,
  { identity, tokens }: Session,
  exchange: Exchange,
): Promise<Claims> {
  if (idToken === undefined) return decodeJwt(tokens.idToken)
  return verifiedClaims({ idToken, accessToken }, exchange, (claims, expected) =>
    refreshedIdTokenProblem(claims, { ...expected, before: identity.claims }),
  )
}

/**
 * What the provider says no more holds no more, groups and e-mail above all. Only the user name stays when it is left
 * out: the subject in its place would be another person to the application.
 */
const withSameName = (after: Identity, { user, subject }: Identity): Identity =>
  after.user === subject ? { ...after, user } : after
