// Who this is: derived from verified claims by the provider's mapping, in one documented order.

export type Claims = Readonly<Record<string, unknown>>

export type Identity = {
  /** Name of the provider in our configuration. */
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  /** The mapped user name; the subject when the claim is missing. */
  readonly user: string
  readonly email: string | undefined
  readonly emailVerified: boolean
  readonly name: string | undefined
  readonly groups: readonly string[]
  readonly claims: Claims
}

/** Which claim becomes what, as dotted paths. */
export type ClaimMapping = {
  readonly user: string
  readonly email: string
  readonly groups: string
  readonly name: string
}

export type IdentitySource = {
  readonly provider: string
  readonly mapping: ClaimMapping
  /** The operator's word that this provider's e-mail addresses need no `email_verified: true`. */
  readonly trustUnverifiedEmail: boolean
}

/** `claims` are those of the ID token with userinfo's beneath it; `iss` and `sub` have been verified. */
export function identityFrom(claims: Claims, source: IdentitySource): Identity {
  const { mapping } = source
  const subject = String(claims.sub)
  const email = textClaim(claims, mapping.email)
  return {
    provider: source.provider,
    issuer: String(claims.iss),
    subject,
    user: textClaim(claims, mapping.user) ?? subject,
    email,
    // The flag speaks of the claim `email` (OpenID Connect Core 5.1); another claim is verified only if it says the same.
    emailVerified: source.trustUnverifiedEmail || (claims.email_verified === true && claims.email === email),
    name: textClaim(claims, mapping.name),
    groups: listClaim(claims, mapping.groups),
    claims,
  }
}

/** The claim at a dotted path. A claim whose own name holds the dots (`https://x.example/roles`) is found first. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: unknown = claims
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

function textClaim(claims: Claims, path: string): string | undefined {
  const value = claimAt(claims, path)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A list of strings, or one string as a list of one. Anything else in the list is left out: it names no group. */
function listClaim(claims: Claims, path: string): readonly string[] {
  const value = claimAt(claims, path)
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (!Array.isArray(value)) return []
  return value.filter((element): element is string => typeof element === 'string' && element !== '')
}
