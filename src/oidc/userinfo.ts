// Steps 6 and 7, userinfo request and userinfo response: further claims, which never replace what the ID token says.
import { fetchProtectedResource, WWWAuthenticateChallengeError } from 'openid-client'
import { describe, SallyportError } from '../core/errors.ts'
import { type Claims, claimAt } from '../core/identity.ts'
import { readClaims } from './claims.ts'
import { providerFailure, unavailable } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { expiry, readAudience } from './id-token.ts'
import { verifySignature } from './signature.ts'

/** A verified ID token's claims, and the access token that came with it or after it. */
export type Proven = { readonly claims: Claims; readonly accessToken: string }

/** Userinfo that was wanted and not had. `isNotForUs`: the endpoint does not serve this access token, today or tomorrow. */
type Absence = { readonly kind: 'absent'; readonly failure: SallyportError; readonly isNotForUs: boolean }

export type Asked = { readonly kind: 'claims'; readonly claims: Claims } | Absence

/** The ID token's claims with those of userinfo beneath them, as far as userinfo is wanted. */
export async function withUserinfo(proven: Proven, exchange: Exchange): Promise<Claims> {
  const asked = await askUserinfo(proven, exchange)
  return asked.kind === 'claims' ? asked.claims : claimsAlone(proven.claims, asked, exchange)
}

/** The same, or why what is wanted cannot be had. Throws when userinfo says something false. */
export async function askUserinfo({ claims, accessToken }: Proven, exchange: Exchange): Promise<Asked> {
  if (!isWanted(claims, exchange)) return { kind: 'claims', claims }
  const answer = await userinfoRequest(accessToken, exchange)
  if (!(answer instanceof Response)) return answer
  return { kind: 'claims', claims: mergeClaims(claims, await userinfoResponse(answer, claims, exchange)) }
}

function isWanted(claims: Claims, { settings, metadata }: Exchange): boolean {
  if (settings.userinfo !== 'auto') return settings.userinfo === 'always'
  const read = [...Object.values(settings.claims), ...settings.wantedClaims]
  return metadata.userinfo_endpoint !== undefined && read.some(path => claimAt(claims, path) === undefined)
}

/** Step 6. */
async function userinfoRequest(accessToken: string, exchange: Exchange): Promise<Response | Absence> {
  const { config, metadata, settings, log } = exchange
  const { userinfo_endpoint: endpoint } = metadata
  if (!endpoint) return absent(refused('the provider announces no userinfo endpoint'))
  log.debug({ provider: settings.name }, 'step 6: userinfo request')
  const headers = new Headers({ accept: 'application/json, application/jwt' })
  try {
    const answer = await fetchProtectedResource(config, accessToken, new URL(endpoint), 'GET', null, headers)
    return answer.status === 200 ? answer : absentWith(answer.status)
  } catch (cause) {
    if (cause instanceof WWWAuthenticateChallengeError) return absentWith(cause.status)
    return absent(providerFailure('the userinfo request', cause))
  }
}

/** As from an endpoint that takes access tokens for another audience only, or is not there. */
const notForUs: ReadonlySet<number> = new Set([401, 403, 404, 405])

function absentWith(status: number): Absence {
  const isPassing = status >= 500 || status === 429 || status === 408
  const failure = isPassing
    ? unavailable(`userinfo was answered with status ${status}`)
    : refused(`status ${status} ("userinfo: never" does without it)`)
  return absent(failure, notForUs.has(status))
}

const absent = (failure: SallyportError, isNotForUs = false): Absence => ({ kind: 'absent', failure, isNotForUs })

/**
 * To go on without what an endpoint in trouble would have said could forget the group that a policy denies. One that never
 * answers tokens like this would keep everybody out for good, and whoever runs it reads the warning.
 */
function claimsAlone(claims: Claims, { failure, isNotForUs }: Absence, { settings, log }: Exchange): Claims {
  if (settings.userinfo === 'always' || !isNotForUs) throw failure
  log.warn(
    { provider: settings.name, problem: describe(failure) },
    'userinfo was not to be had; the ID token alone counts',
  )
  return claims
}

/** Step 7. */
async function userinfoResponse(answer: Response, idToken: Claims, exchange: Exchange): Promise<Claims> {
  const isSigned = answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/jwt'
  const body = await answer.text()
  const claims = isSigned ? await signedClaims(body, exchange) : plainClaims(body)
  // OpenID Connect Core 5.3.2: without this comparison another person's userinfo would do.
  if (claims.sub !== idToken.sub) throw refused('sub is not that of the ID token')
  exchange.log.debug({ provider: exchange.settings.name, signed: isSigned }, 'step 7: userinfo response')
  return claims
}

function plainClaims(body: string): Claims {
  const claims = readClaims(body)
  if (!claims) throw refused('it is not a JSON object')
  return claims
}

async function signedClaims(body: string, { settings, ring, now }: Exchange): Promise<Claims> {
  const verified = await verifySignature(body, { ring, algs: settings.idTokenAlgs, now })
  if (!verified.ok) throw refused(verified.problem)
  const problem = signedProblem(verified.claims, settings, now)
  if (problem) throw refused(problem)
  return verified.claims
}

/** OpenID Connect Core 5.3.2: signed, it names its issuer and us. */
function signedProblem(
  claims: Claims,
  { issuer, clientId, clockSkewMs: skewMs }: Exchange['settings'],
  now: number,
): string | undefined {
  if (claims.iss !== issuer) return 'iss is not the issuer that was asked'
  if (!readAudience(claims.aud)?.includes(clientId)) return 'aud does not name this client'
  return claims.exp === undefined ? undefined : expiry(claims, { now, skewMs })
}

const refused = (problem: string) => new SallyportError('login-failed', `userinfo was refused: ${problem}`)

/** Claims of the protocol are the ID token's alone, also where it has none. */
const protocolClaims: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'nbf', 'jti', 'sid'],
  ...['nonce', 'auth_time', 'acr', 'amr', 'at_hash', 'c_hash', 's_hash', 'cnf'],
])

export function mergeClaims(idToken: Claims, userinfo: Claims): Claims {
  // A flag goes with its address: what userinfo says of its own does not verify another one in the ID token.
  const otherAddress = idToken.email !== undefined && idToken.email !== userinfo.email
  const further = Object.entries(userinfo).filter(
    ([name]) => !protocolClaims.has(name) && !(otherAddress && name === 'email_verified'),
  )
  return { ...Object.fromEntries(further), ...idToken }
}
