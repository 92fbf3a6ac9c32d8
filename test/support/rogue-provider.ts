// A provider that does whatever a test tells it to: right by default, wrong at the flick of a switch. It answers at once, without a login page.
import { createHash, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { JWK } from 'jose'
import type { Test } from 'tap'
import {
  type Behaviour,
  type Endpoint,
  type Fault,
  type Fields,
  faults,
  json,
  type SigningKey,
} from './rogue-faults.ts'

export type Rogue = {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** Adds faults, by name or as they are; they hold until `behave`. */
  misbehave(...wrongs: readonly (Fault | Behaviour)[]): void
  behave(): void
  rotateKeys(): void
  /** Requests so far, by endpoint. */
  readonly calls: Readonly<Record<Endpoint | 'elsewhere', number>>
  /** The last parameters that came to these endpoints. */
  readonly seen: {
    authorize?: URLSearchParams
    token?: URLSearchParams
    logout?: URLSearchParams
    authorization?: string | undefined
  }
  stop(): Promise<void>
}

export type RogueAlg = 'RS256' | 'ES256' | 'EdDSA'

export type RogueOptions = { readonly port?: number; readonly alg?: RogueAlg; readonly clientSecret?: string }

type Grant = { readonly nonce: string | null; readonly challenge: string | null; readonly redirectUri: string | null }

const person = {
  sub: 'subject-of-ann',
  preferred_username: 'ann',
  name: 'Ann Archer',
  email: 'ann@example.com',
  email_verified: true,
  groups: ['sre', 'staff'],
}

const paths: Readonly<Record<string, Endpoint>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/authorize': 'authorize',
  '/token': 'token',
  '/userinfo': 'userinfo',
  '/logout': 'logout',
}

export async function startRogueProvider(
  t: Test,
  { port = 0, alg = 'RS256', clientSecret = 'rogue secret: 100%+1' }: RogueOptions = {},
): Promise<Rogue> {
  const client = { clientId: 'sally port', clientSecret }
  const calls = { discovery: 0, jwks: 0, authorize: 0, token: 0, userinfo: 0, logout: 0, elsewhere: 0 }
  const seen: Rogue['seen'] = {}
  const grants = new Map<string, Grant>()
  const accessTokens = new Set<string>()
  let wrongs: readonly Behaviour[] = []
  let key = newKey(alg)
  let issuer = ''

  /** Applies what every active fault says about one place. */
  const bend = <T>(right: T, place: (wrong: Behaviour) => ((value: never) => unknown) | undefined): T =>
    wrongs.reduce<T>(
      (value, wrong) => (place(wrong) ? ((place(wrong) as (value: T) => unknown)(value) as T) : value),
      right,
    )

  const endpoints: Record<Endpoint, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    discovery: (_, response) =>
      json(
        response,
        200,
        bend<Fields>(metadataOf(issuer, alg), wrong => wrong.metadata),
      ),
    jwks: (_, response) =>
      json(response, 200, { keys: bend<readonly unknown[]>([publicKey(key)], wrong => wrong.jwks as never) }),
    authorize(request, response) {
      const params = queryOf(request)
      seen.authorize = params
      const code = randomBytes(16).toString('base64url')
      grants.set(code, {
        nonce: params.get('nonce'),
        challenge: params.get('code_challenge'),
        redirectUri: params.get('redirect_uri'),
      })
      const back = new URL(params.get('redirect_uri') ?? '')
      const answer = new URLSearchParams({
        code,
        state: params.get('state') ?? '',
        iss: issuer,
        session_state: 'unknown to you',
      })
      for (const wrong of wrongs) wrong.redirect?.(answer)
      back.search = answer.toString()
      response.writeHead(303, { location: back.href }).end()
    },
    async token(request, response) {
      const form = new URLSearchParams(await text(request))
      seen.token = form
      seen.authorization = request.headers.authorization
      if (!isClient(request, form, client)) return json(response, 401, { error: 'invalid_client' })
      const grant = grants.get(form.get('code') ?? '')
      grants.delete(form.get('code') ?? '')
      if (!grant || !isHonest(form, grant)) return json(response, 400, { error: 'invalid_grant' })
      const accessToken = randomBytes(16).toString('base64url')
      accessTokens.add(accessToken)
      const answer = {
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: 300,
        refresh_token: randomBytes(16).toString('base64url'),
        id_token: idToken(grant, accessToken),
      }
      json(
        response,
        200,
        bend<Fields>(answer, wrong => wrong.tokens),
      )
    },
    userinfo(request, response) {
      const [scheme, token = ''] = request.headers.authorization?.split(' ') ?? []
      if (scheme !== 'Bearer' || !accessTokens.has(token)) return json(response, 401, { error: 'invalid_token' })
      const signed = wrongs.find(wrong => wrong.signedUserinfo)?.signedUserinfo
      if (!signed)
        return json(
          response,
          200,
          bend<unknown>(person, wrong => wrong.userinfo as never),
        )
      const body = signToken({ ...person, iss: issuer, aud: client.clientId }, signed)
      response.writeHead(200, { 'content-type': 'application/jwt' }).end(body)
    },
    logout(request, response) {
      const params = queryOf(request)
      seen.logout = params
      const back = new URL(params.get('post_logout_redirect_uri') ?? issuer)
      back.search = new URLSearchParams({ state: params.get('state') ?? '' }).toString()
      response.writeHead(303, { location: back.href }).end()
    },
  }

  function idToken({ nonce }: Grant, accessToken: string): string {
    if (wrongs.some(wrong => wrong.rotateBeforeSigning)) key = newKey(alg)
    const iat = Math.floor(Date.now() / 1000)
    const right = {
      iss: issuer,
      sub: person.sub,
      aud: client.clientId,
      iat,
      exp: iat + 300,
      auth_time: iat,
      nonce: nonce ?? undefined,
      at_hash: halfHash(accessToken, alg),
      sid: 'session-1',
    }
    return signToken(right, given => bend<Fields>(given, wrong => wrong.claims))
  }

  function signToken(right: Fields, twist: (claims: Fields) => Fields): string {
    const head = bend<Fields>({ alg, kid: key.kid, typ: 'JWT' }, wrong => wrong.header)
    const signer = wrongs.findLast(wrong => wrong.sign)?.sign ?? signRight
    return signer(head, twist(right), key)
  }

  const server = createServer((request, response) => {
    const endpoint = paths[request.url?.split('?', 1)[0] ?? '']
    calls[endpoint ?? 'elsewhere']++
    if (!endpoint) return response.writeHead(404).end()
    const wrong = wrongs.findLast(one => one.answers?.[endpoint])
    return (wrong?.answers?.[endpoint] ?? endpoints[endpoint])(request, response)
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function stop(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  t.teardown(stop)
  return {
    issuer,
    client,
    calls,
    seen,
    misbehave(...more) {
      wrongs = [...wrongs, ...more.map(wrong => (typeof wrong === 'string' ? faults[wrong] : wrong))]
    },
    behave() {
      wrongs = []
    },
    rotateKeys() {
      key = newKey(alg)
    },
    stop,
  }
}

const metadataOf = (issuer: string, alg: string): Fields => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  end_session_endpoint: `${issuer}/logout`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['token code id_token', 'code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: [alg, 'none', 'HS256'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['tls_client_auth', 'something_new', 'client_secret_basic'],
  authorization_response_iss_parameter_supported: true,
})

const queryOf = (request: IncomingMessage): URLSearchParams => new URL(request.url ?? '/', 'http://rogue').searchParams

/** Basic with form-encoded id and secret (RFC 6749 2.3.1), or both in the body. */
function isClient(request: IncomingMessage, form: URLSearchParams, client: Rogue['client']): boolean {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (!basic) return form.get('client_id') === client.clientId && form.get('client_secret') === client.clientSecret
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':').map(formDecode)
  return id === client.clientId && secret === client.clientSecret
}

const formDecode = (part: string): string => decodeURIComponent(part.replaceAll('+', ' '))

function isHonest(form: URLSearchParams, { challenge, redirectUri }: Grant): boolean {
  const verifier = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return (
    form.get('grant_type') === 'authorization_code' &&
    verifier === challenge &&
    form.get('redirect_uri') === redirectUri
  )
}

function newKey(alg: RogueAlg): SigningKey {
  const kid = randomBytes(8).toString('base64url')
  if (alg === 'RS256') return { kid, alg, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
  if (alg === 'ES256') return { kid, alg, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  return { kid, alg, ...generateKeyPairSync('ed25519') }
}

const publicKey = ({ kid, publicKey: key }: SigningKey): JWK => ({ ...key.export({ format: 'jwk' }), kid }) as JWK

function signRight(header: Fields, claims: Fields, { alg, privateKey }: SigningKey): string {
  const signed = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const digest = alg === 'EdDSA' ? null : 'sha256'
  return `${signed}.${signBytes(digest, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function halfHash(token: string, alg: RogueAlg): string {
  const digest = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
    .update(token)
    .digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
