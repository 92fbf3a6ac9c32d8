// What a provider says of itself (OpenID Connect Discovery 1.0, section 3), judged before anybody relies on it.
import type { ServerMetadata } from 'openid-client'
import { isInner, isLoopback } from '../core/near-host.ts'
import type { ProviderConfig } from '../core/settings.ts'

/** Metadata in which the parts that a login needs are there and may be used. */
export type Metadata = ServerMetadata & {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
}

type Expected = Pick<ProviderConfig, 'issuer' | 'dangerouslyAllowHttpProvider'>

const needed = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
const optional = ['userinfo_endpoint', 'end_session_endpoint', 'revocation_endpoint'] as const

/** Why this metadata cannot be relied on; undefined when it can. */
export function metadataProblem(metadata: ServerMetadata, expected: Expected): string | undefined {
  if (metadata.issuer !== expected.issuer)
    return `the metadata names the issuer ${quote(metadata.issuer)}, configured is ${quote(expected.issuer)}; they must be equal to the letter`
  for (const name of needed) {
    if (metadata[name] === undefined) return `the metadata has no ${name}`
  }
  for (const name of [...needed, ...optional]) {
    const value: unknown = metadata[name]
    if (value !== undefined && !isUsable(value, expected))
      return `the metadata's ${name} is ${quote(value)}; wanted is an https URL without user name or fragment, at no private address but the issuer's`
  }
  return undefined
}

/** PKCE S256 is sent in any case; a provider that announces other methods only will probably not check it (RFC 9700 2.1.1). */
export const lacksS256 = ({ code_challenge_methods_supported: methods }: ServerMetadata): boolean =>
  Array.isArray(methods) && !methods.includes('S256')

/** Nothing forbids to ask for another one; the answer will probably not come in it. */
export const lacksResponseMode = (
  { response_modes_supported: modes }: ServerMetadata,
  { responseMode }: Pick<ProviderConfig, 'responseMode'>,
): boolean => Array.isArray(modes) && !modes.includes(responseMode)

/** Plain http is for a provider on this very machine, or for one that the operator allowed it to. */
export function mayUseHttp({ issuer, dangerouslyAllowHttpProvider }: Expected): boolean {
  const url = URL.parse(issuer)
  return dangerouslyAllowHttpProvider || (url?.protocol === 'http:' && isLoopback(url.hostname))
}

function isUsable(value: unknown, expected: Expected): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url || url.username || url.password || url.hash) return false
  if (isInner(url.hostname) && !isBesideIssuer(url, expected)) return false
  if (url.protocol === 'https:') return true
  if (url.protocol !== 'http:' || !mayUseHttp(expected)) return false
  return expected.dangerouslyAllowHttpProvider || isLoopback(url.hostname)
}

/** What is near us is for a provider that is there itself: no other one may have us knock at our neighbours' doors. */
function isBesideIssuer({ hostname }: URL, { issuer }: Expected): boolean {
  const home = URL.parse(issuer)?.hostname ?? ''
  return hostname === home || (isLoopback(hostname) && isLoopback(home))
}

const quote = (value: unknown): string => JSON.stringify(String(value).slice(0, 200))
