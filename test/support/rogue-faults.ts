// The rogue provider's faults: one line each, under the name that the certification suite gives it where it has one.
import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import { oddKeys, onePerKind, rsa, suiteKeys, unparseableKeys, withoutKid } from './rogue-published-keys.ts'
import { signedWithAnySecret, signedWithPublicKey, unsigned, withBrokenSignature } from './rogue-signers.ts'

export type Fields = Readonly<Record<string, unknown>>

export type Endpoint = 'discovery' | 'jwks' | 'authorize' | 'token' | 'userinfo' | 'logout' | 'revoke'

export type SigningKey = {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export type Signer = (header: Fields, claims: Fields, key: SigningKey) => string

/** What one fault changes; several add up in their order. */
export type Behaviour = {
  readonly metadata?: (metadata: Fields) => Fields
  /** The parameters of the redirect back to the client, after a login and after a logout. */
  readonly redirect?: (params: URLSearchParams) => void
  readonly farewell?: (params: URLSearchParams) => void
  /** New keys: between the two requests of a login, or at the beginning of every login but the first. */
  readonly rotate?: 'before signing' | 'before a further login'
  readonly header?: (header: Fields) => Fields
  /** The claims of the ID token. */
  readonly claims?: (claims: Fields) => Fields
  /** The claims of the ID token that a refresh brings, after those above. */
  readonly refreshedClaims?: (claims: Fields) => Fields
  /** The claims of the logout token. */
  readonly logoutClaims?: (claims: Fields) => Fields
  readonly sign?: Signer
  readonly jwks?: (keys: readonly JWK[]) => readonly unknown[]
  readonly tokens?: (answer: Fields) => Fields
  readonly userinfo?: (claims: Fields) => unknown
  /** The userinfo claims as they leave, signed, as `application/jwt`. */
  readonly signedUserinfo?: (claims: Fields) => Fields
  /** Does there what it is asked to, and its answer is lost. */
  readonly loses?: Endpoint
  /** Raw answers in the place of the right ones. */
  readonly answers?: Partial<Record<Endpoint, (request: IncomingMessage, response: ServerResponse) => void>>
}

const change =
  (fields: Fields) =>
  (given: Fields): Fields =>
    Object.fromEntries(Object.entries({ ...given, ...fields }).filter(([, value]) => value !== undefined))

/** Sets claims of the ID token; `undefined` removes one. */
export const claims = (fields: Fields): Behaviour => ({ claims: change(fields) })
export const refreshedClaims = (fields: Fields): Behaviour => ({ refreshedClaims: change(fields) })
export const logoutClaims = (fields: Fields): Behaviour => ({ logoutClaims: change(fields) })
export const header = (fields: Fields): Behaviour => ({ header: change(fields) })
export const metadata = (fields: Fields): Behaviour => ({ metadata: change(fields) })
export const tokens = (fields: Fields): Behaviour => ({ tokens: change(fields) })
export const userinfo = (fields: Fields): Behaviour => ({ userinfo: change(fields) })
export const signedUserinfo = (fields: Fields = {}): Behaviour => ({ signedUserinfo: change(fields) })

/** Parameters of the authorization response; `undefined` removes one. */
export const redirect = (fields: Params): Behaviour => ({ redirect: changeParams(fields) })
export const farewell = (fields: Params): Behaviour => ({ farewell: changeParams(fields) })

type Params = Readonly<Record<string, string | undefined>>

const changeParams = (fields: Params) => (params: URLSearchParams) => {
  for (const [name, value] of Object.entries(fields))
    value === undefined ? params.delete(name) : params.set(name, value)
}

export const refuses = (error: string): Behaviour => redirect({ code: undefined, error })

const answering = (
  endpoint: Endpoint,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Behaviour => ({
  answers: { [endpoint]: (request: IncomingMessage, response: ServerResponse) => answer(response, request) },
})

export const silent = (endpoint: Endpoint) => answering(endpoint, () => undefined)
export const losing = (loses: Endpoint): Behaviour => ({ loses })
export const hangingUp = (endpoint: Endpoint) => answering(endpoint, response => response.destroy())
export const failing = (endpoint: Endpoint, status: number, body: unknown = {}) =>
  answering(endpoint, response => json(response, status, body))
export const garbled = (endpoint: Endpoint, body = '<!doctype html><p>not what you asked for') =>
  answering(endpoint, response => response.writeHead(200, { 'content-type': 'application/json' }).end(body))
export const redirecting = (endpoint: Endpoint, location: string) =>
  answering(endpoint, response => response.writeHead(307, { location }).end())
export const huge = (endpoint: Endpoint) =>
  answering(endpoint, response =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(10_000_000)}"`),
  )

/** A start of an answer, and then a byte now and again for ever. */
export const dripping = (endpoint: Endpoint) =>
  answering(endpoint, response => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    const drip = setInterval(() => response.write(' '), 20)
    response.once('close', () => clearInterval(drip))
  })

export function json(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))
}

export const faults = {
  'invalid-iss': claims({ iss: 'https://other.example' }),
  'missing-iss': claims({ iss: undefined }),
  'missing-sub': claims({ sub: undefined }),
  'invalid-aud': claims({ aud: 'somebody-else' }),
  'missing-aud': claims({ aud: undefined }),
  'invalid-secondary-aud': { claims: given => ({ ...given, aud: [given.aud, 'a-stranger'] }) },
  'valid-secondary-aud': { claims: given => ({ ...given, aud: [given.aud, 'a-friend'], azp: given.aud }) },
  'valid-aud-as-array': { claims: given => ({ ...given, aud: [given.aud] }) },
  'invalid-azp': claims({ azp: 'somebody-else' }),
  'missing-iat': claims({ iat: undefined }),
  'missing-exp': claims({ exp: undefined }),
  'expired-exp': { claims: given => ({ ...given, exp: Number(given.iat) - 301 }) },
  'future-iat': { claims: given => ({ ...given, iat: Number(given.iat) + 301 }) },
  'future-nbf': { claims: given => ({ ...given, nbf: Number(given.iat) + 301 }) },
  'nonce-invalid': claims({ nonce: 'another' }),
  'nonce-missing': claims({ nonce: undefined }),
  'invalid-athash': claims({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
  'missing-id-token': tokens({ id_token: undefined }),
  'idtoken-sig-none': { sign: unsigned },
  'idtoken-sig-public-key-as-secret': { sign: signedWithPublicKey },
  'invalid-sig-hs256': { sign: signedWithAnySecret },
  'invalid-sig': { tokens: given => ({ ...given, id_token: withBrokenSignature(String(given.id_token)) }) },
  'kid-absent-single-jwks': {
    header: change({ kid: undefined }),
    jwks: keys => onePerKind(keys).map(withoutKid),
  },
  'kid-absent-multiple-jwks': {
    header: change({ kid: undefined }),
    jwks: keys => [rsa(), ...keys.map(withoutKid), rsa()],
  },
  'kid-unknown': header({ kid: '../../keys' }),
  'keys-of-the-suite': { jwks: suiteKeys },
  'ignores-unparseable-key-in-jwks': { jwks: keys => [...unparseableKeys, ...keys] },
  'odd-jwks': { jwks: keys => [...oddKeys(), ...keys] },
  'short-rsa-key': { jwks: ([key]) => [{ ...rsa(1024), kid: key?.kid }] },
  'encryption-key': { jwks: keys => keys.map(key => ({ ...key, use: 'enc' })) },
  'signing-key-rotation': { rotate: 'before a further login' },
  'signing-key-rotation-just-before-signing': { rotate: 'before signing' },
  'issuer-mismatch': { metadata: given => ({ ...given, issuer: `${given.issuer}INVALID` }) },
  'issuer-with-slash': { metadata: given => ({ ...given, issuer: `${given.issuer}/` }) },
  'userinfo-invalid-sub': userinfo({ sub: 'another' }),
  'userinfo-missing-sub': userinfo({ sub: undefined }),
  'userinfo-array': { userinfo: given => [given] },
  'userinfo-signed': signedUserinfo(),
  'form-post-error': redirect({ code: undefined, error: 'login_required', error_description: 'as a form' }),
  'refresh-token-invalid-issuer': refreshedClaims({ iss: 'https://other.example' }),
  'refresh-token-invalid-sub': refreshedClaims({ sub: 'another' }),
  'refresh-token-invalid-aud': refreshedClaims({ aud: 'somebody-else' }),
  'refresh-token-invalid-azp': refreshedClaims({ azp: 'somebody-else' }),
  'rp-init-logout-other-state': farewell({ state: 'another' }),
  'rp-init-logout-no-state': farewell({ state: undefined }),
  'invalid-authorization-response-iss': redirect({ iss: 'https://other.example' }),
  'remove-authorization-response-iss': redirect({ iss: undefined }),
  'no-iss-parameter': {
    ...metadata({ authorization_response_iss_parameter_supported: undefined }),
    ...redirect({ iss: undefined }),
  },
  'pkce-plain-only': metadata({ code_challenge_methods_supported: ['plain'] }),
  'backchannel-alg-none': { sign: unsigned },
  'backchannel-wrong-alg': { sign: signedWithPublicKey },
  'backchannel-wrong-iss': logoutClaims({ iss: 'https://other.example' }),
  'backchannel-wrong-aud': logoutClaims({ aud: 'somebody-else' }),
  'backchannel-wrong-event': logoutClaims({ events: { 'http://schemas.openid.net/event/other': {} } }),
  'backchannel-no-event': logoutClaims({ events: undefined }),
  'backchannel-with-nonce': logoutClaims({ nonce: 'once' }),
} as const satisfies Record<string, Behaviour>

export type Fault = keyof typeof faults
