// ID tokens, judged after their signature (OpenID Connect Core 3.1.3.7): a pure list of checks over the claims.
import { createHash } from 'node:crypto'
import type { Milliseconds } from '../core/duration.ts'
import type { Claims } from '../core/identity.ts'

export type Expected = {
  readonly issuer: string
  readonly clientId: string
  readonly nonce: string
  readonly accessToken: string
  /** The algorithm of the signature, which is also that of `at_hash`. */
  readonly alg: string
  readonly now: number
  readonly skewMs: Milliseconds
}

type Check = (claims: Claims, expected: Expected) => string | undefined

const MOST_SUBJECT_CHARACTERS = 255

const checks: readonly Check[] = [
  issuer,
  subject,
  audience,
  authorizedParty,
  expiry,
  issuedAt,
  notBefore,
  nonce,
  accessTokenHash,
]

/** Why these claims are refused; undefined when they hold. Never quotes a claim. */
export function idTokenProblem(claims: Claims, expected: Expected): string | undefined {
  for (const check of checks) {
    const problem = check(claims, expected)
    if (problem) return problem
  }
  return undefined
}

function issuer({ iss }: Claims, expected: Expected): string | undefined {
  return iss === expected.issuer ? undefined : 'iss is not the issuer that this login went to'
}

/** OpenID Connect Core 2: a string of at most 255 characters. */
function subject({ sub }: Claims): string | undefined {
  const isSubject = typeof sub === 'string' && sub !== '' && sub.length <= MOST_SUBJECT_CHARACTERS
  return isSubject ? undefined : 'sub is not a string of 1 to 255 characters'
}

function audience({ aud, azp }: Claims, { clientId }: Expected): string | undefined {
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

function issuedAt({ iat }: Claims, { now, skewMs }: Expected): string | undefined {
  if (!isTime(iat)) return 'iat is missing or not a number'
  return iat * 1000 <= now + skewMs ? undefined : 'iat lies in the future'
}

function notBefore({ nbf }: Claims, { now, skewMs }: Expected): string | undefined {
  if (nbf === undefined) return undefined
  return isTime(nbf) && nbf * 1000 <= now + skewMs ? undefined : 'nbf lies in the future or is not a number'
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function nonce({ nonce }: Claims, expected: Expected): string | undefined {
  return nonce === expected.nonce ? undefined : 'nonce is not the one that was sent'
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
