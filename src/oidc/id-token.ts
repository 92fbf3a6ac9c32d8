// ID tokens, judged after their signature (OpenID Connect Core 3.1.3.7): a pure list of checks over the claims.
import { createHash } from 'node:crypto'
import type { Milliseconds } from '../core/duration.ts'
import type { Claims } from '../core/identity.ts'

export type Expected = {
  readonly issuer: string
  readonly clientId: string
  readonly accessToken: string
  /** The algorithm of the signature, which is also that of `at_hash`. */
  readonly alg: string
  readonly now: number
  readonly skewMs: Milliseconds
}

export type ExpectedAtLogin = Expected & {
  readonly nonce: string
  /** Epoch milliseconds: the oldest authentication that will do, when the provider was told of one with `max_age`. */
  readonly authenticatedSince?: number
}

/** `before`: the claims of the session that is refreshed, those of its first ID token among them. */
export type ExpectedAtRefresh = Expected & { readonly before: Claims }

type Check<E> = (claims: Claims, expected: E) => string | undefined

const MOST_SUBJECT_CHARACTERS = 255

const always: readonly Check<Expected>[] = [
  issuer,
  subject,
  audience,
  authorizedParty,
  expiry,
  issuedAt,
  notBefore,
  accessTokenHash,
]

const atLogin: readonly Check<ExpectedAtLogin>[] = [...always, nonce, authenticatedLately]

/** OpenID Connect Core 12.2. */
const atRefresh: readonly Check<ExpectedAtRefresh>[] = [...always, sameSubject, sameAudience, sameNonce, sameAuthTime]

/** Why these claims are refused at login; undefined when they hold. Never quotes a claim. */
export const idTokenProblem = (claims: Claims, expected: ExpectedAtLogin): string | undefined =>
  firstProblem(atLogin, claims, expected)

/** Why these claims are refused at a refresh; undefined when they hold. Never quotes a claim. */
export const refreshedIdTokenProblem = (claims: Claims, expected: ExpectedAtRefresh): string | undefined =>
  firstProblem(atRefresh, claims, expected)

function firstProblem<E>(checks: readonly Check<E>[], claims: Claims, expected: E): string | undefined {
  for (const check of checks) {
    const problem = check(claims, expected)
    if (problem) return problem
  }
  return undefined
}

function issuer({ iss }: Claims, expected: Expected): string | undefined {
  return iss === expected.issuer ? undefined : 'iss is not the issuer that was asked'
}

/** OpenID Connect Core 2: a string of at most 255 characters. */
function subject({ sub }: Claims): string | undefined {
  const isSubject = typeof sub === 'string' && sub !== '' && sub.length <= MOST_SUBJECT_CHARACTERS
  return isSubject ? undefined : 'sub is not a string of 1 to 255 characters'
}

export function audience({ aud, azp }: Claims, { clientId }: Pick<Expected, 'clientId'>): string | undefined {
  const audiences = readAudience(aud)
  if (!audiences?.includes(clientId)) return 'aud does not name this client'
  if (audiences.length > 1 && azp !== clientId) return 'aud names others too, and azp does not name this client'
  return undefined
}

/** One string or a list of them (RFC 7519 4.1.3); undefined when it is anything else. */
export function readAudience(aud: unknown): readonly string[] | undefined {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return audiences.every(one => typeof one === 'string') ? audiences : undefined
}

function authorizedParty({ azp }: Claims, { clientId }: Expected): string | undefined {
  return azp === undefined || azp === clientId ? undefined : 'azp names another client'
}

export function expiry({ exp }: Claims, { now, skewMs }: Pick<Expected, 'now' | 'skewMs'>): string | undefined {
  if (!isTime(exp)) return 'exp is missing or not a number'
  return now < exp * 1000 + skewMs ? undefined : 'it has expired'
}

export function issuedAt({ iat }: Claims, { now, skewMs }: Pick<Expected, 'now' | 'skewMs'>): string | undefined {
  if (!isTime(iat)) return 'iat is missing or not a number'
  return iat * 1000 <= now + skewMs ? undefined : 'iat lies in the future'
}

function notBefore({ nbf }: Claims, { now, skewMs }: Expected): string | undefined {
  if (nbf === undefined) return undefined
  return isTime(nbf) && nbf * 1000 <= now + skewMs ? undefined : 'nbf lies in the future or is not a number'
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function nonce({ nonce }: Claims, expected: ExpectedAtLogin): string | undefined {
  return nonce === expected.nonce ? undefined : 'nonce is not the one that was sent'
}

/** OpenID Connect Core 3.1.3.7, rule 13: who asked with `max_age` compares, or a provider that ignores it would do. */
function authenticatedLately(
  { auth_time: time }: Claims,
  { authenticatedSince: since, now, skewMs }: ExpectedAtLogin,
): string | undefined {
  if (since === undefined) return undefined
  if (!isTime(time)) return 'auth_time is missing or not a number, although max_age was sent'
  if (time * 1000 > now + skewMs) return 'auth_time lies in the future'
  // It counts whole seconds.
  return (time + 1) * 1000 > since - skewMs ? undefined : 'auth_time is longer ago than max_age allows'
}

function accessTokenHash({ at_hash: hash }: Claims, { accessToken, alg }: Expected): string | undefined {
  if (hash === undefined) return undefined
  return hash === halfHash(accessToken, alg) ? undefined : 'at_hash does not belong to the access token'
}

/** OpenID Connect Core 3.1.3.6: the left half of the hash that the signature algorithm uses; Ed25519 uses SHA-512. */
function halfHash(text: string, alg: string): string {
  const bits = /\d{3}$/.exec(alg.replace('Ed25519', ''))?.[0] ?? '512'
  const digest = createHash(`sha${bits}`).update(text).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

function sameSubject({ sub }: Claims, { before }: ExpectedAtRefresh): string | undefined {
  return sub === before.sub ? undefined : 'sub is not that of the session'
}

/** `azp` needs no comparison: where it stands it names this client, at login and here. */
function sameAudience({ aud }: Claims, { before }: ExpectedAtRefresh): string | undefined {
  const audiences = readAudience(aud)
  const included = readAudience(before.aud)?.every(one => audiences?.includes(one))
  return included ? undefined : 'aud does not include that of the login'
}

/** It should not be there; if it is, it is the one that was sent at login. */
function sameNonce({ nonce }: Claims, { before }: ExpectedAtRefresh): string | undefined {
  return nonce === undefined || nonce === before.nonce ? undefined : 'nonce is not that of the login'
}

/** A refresh is no authentication, so it cannot move the time of one. */
function sameAuthTime({ auth_time: time }: Claims, { before }: ExpectedAtRefresh): string | undefined {
  if (time === undefined || before.auth_time === undefined) return undefined
  return time === before.auth_time ? undefined : 'auth_time is not that of the login'
}
