// The rogue provider's endpoints: each does the right thing, bent by whatever faults are switched on.
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Behaviour, type Endpoint, type Fields, json, type SigningKey } from './rogue-faults.ts'
import { halfHash, newKey, publicKey, type RogueAlg, signRight } from './rogue-keys.ts'

type Grant = {
  readonly nonce: string | null
  readonly challenge: string | null
  readonly redirectUri: string | null
  /** When the person signed in, in seconds. */
  readonly authTime: number
}

type Client = { readonly clientId: string; readonly clientSecret: string }

/** The last parameters that came to these endpoints. */
export type Seen = {
  authorize?: URLSearchParams
  token?: URLSearchParams
  logout?: URLSearchParams
  revoke?: URLSearchParams
  authorization?: string | undefined
}

/** What the provider knows at the moment. */
export type World = {
  issuer: string
  key: SigningKey
  wrongs: readonly Behaviour[]
  readonly alg: RogueAlg
  readonly client: Client
  readonly seen: Seen
  readonly grants: Map<string, Grant>
  /** By refresh token, each good for one use. */
  readonly refreshable: Map<string, Grant>
  readonly accessTokens: Set<string>
}

const person = {
  sub: 'subject-of-ann',
  preferred_username: 'ann',
  name: 'Ann Archer',
  email: 'ann@example.com',
  email_verified: true,
  groups: ['sre', 'staff'],
}

type Answering = (world: World, request: IncomingMessage, response: ServerResponse) => unknown

export const endpoints: Readonly<Record<Endpoint, Answering>> = {
  discovery: (world, _, response) => json(response, 200, bend(world, 'metadata', metadataOf(world))),
  jwks: (world, _, response) => json(response, 200, { keys: bend(world, 'jwks', [publicKey(world.key)]) }),
  authorize(world, request, response) {
    const params = queryOf(request)
    world.seen.authorize = params
    const code = randomText()
    const asked = { nonce: params.get('nonce'), challenge: params.get('code_challenge') }
    const redirectUri = params.get('redirect_uri')
    world.grants.set(code, { ...asked, redirectUri, authTime: Math.floor(Date.now() / 1000) })
    const state = params.get('state') ?? ''
    const answer = new URLSearchParams({ code, state, iss: world.issuer, session_state: 'unknown to you' })
    for (const wrong of world.wrongs) wrong.redirect?.(answer)
    response.writeHead(303, { location: `${redirectUri}?${answer}` }).end()
  },
  async token(world, request, response) {
    const form = new URLSearchParams(await text(request))
    world.seen.token = form
    world.seen.authorization = request.headers.authorization
    if (!isClient(request, form, world.client)) return json(response, 401, { error: 'invalid_client' })
    const grant = takeGrant(form, world)
    if (!grant) return json(response, 400, { error: 'invalid_grant' })
    return json(response, 200, bend(world, 'tokens', tokensFor(grant, world)))
  },
  userinfo(world, request, response) {
    const [scheme, token = ''] = request.headers.authorization?.split(' ') ?? []
    if (scheme !== 'Bearer' || !world.accessTokens.has(token)) return json(response, 401, { error: 'invalid_token' })
    if (!world.wrongs.some(wrong => wrong.signedUserinfo)) return json(response, 200, bend(world, 'userinfo', person))
    const claims = { ...person, iss: world.issuer, aud: world.client.clientId }
    const body = sign(world, bend(world, 'signedUserinfo', claims))
    return response.writeHead(200, { 'content-type': 'application/jwt' }).end(body)
  },
  logout(world, request, response) {
    const params = queryOf(request)
    world.seen.logout = params
    const location = `${params.get('post_logout_redirect_uri')}?${new URLSearchParams({ state: params.get('state') ?? '' })}`
    response.writeHead(303, { location }).end()
  },
  async revoke(world, request, response) {
    const form = new URLSearchParams(await text(request))
    world.seen.revoke = form
    if (!isClient(request, form, world.client)) return json(response, 401, { error: 'invalid_client' })
    return response.writeHead(200).end()
  },
}

/** As it would be sent to `backchannel-logout`: about the person and the session of every login here. `undefined` leaves a claim out. */
export function logoutToken(world: World, about: Fields): string {
  const iat = Math.floor(Date.now() / 1000)
  const times = { iat, exp: iat + 120, jti: randomText() }
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const right = { iss: world.issuer, aud: world.client.clientId, ...times, events, sub: person.sub, sid: 'session-1' }
  return sign(world, bend(world, 'logoutClaims', { ...right, ...about }), 'logout+jwt')
}

type Place = 'metadata' | 'header' | 'claims' | 'logoutClaims' | 'jwks' | 'tokens' | 'userinfo' | 'signedUserinfo'

/** Applies what every fault that is switched on says about one place, in order. */
function bend<P extends Place>({ wrongs }: World, place: P, right: Parameters<NonNullable<Behaviour[P]>>[0]): unknown {
  const twists = wrongs.flatMap(wrong => wrong[place] ?? []) as ((value: unknown) => unknown)[]
  return twists.reduce<unknown>((value, twist) => twist(value), right)
}

/** A code or a refresh token, which is spent by it. */
function takeGrant(form: URLSearchParams, { grants, refreshable }: World): Grant | undefined {
  const isRefresh = form.get('grant_type') === 'refresh_token'
  const [kept, key] = isRefresh ? [refreshable, 'refresh_token'] : [grants, 'code']
  const grant = kept.get(form.get(key) ?? '')
  kept.delete(form.get(key) ?? '')
  return grant && (isRefresh ? !form.has('redirect_uri') : isHonest(form, grant)) ? grant : undefined
}

function tokensFor(grant: Grant, world: World): Fields {
  const { nonce, authTime } = grant
  if (world.wrongs.some(wrong => wrong.rotateBeforeSigning)) world.key = newKey(world.alg)
  const accessToken = randomText()
  world.accessTokens.add(accessToken)
  const refreshToken = randomText()
  world.refreshable.set(refreshToken, grant)
  const iat = Math.floor(Date.now() / 1000)
  const about = { iss: world.issuer, sub: person.sub, aud: world.client.clientId, sid: 'session-1' }
  const claims = {
    ...about,
    iat,
    exp: iat + 300,
    auth_time: authTime,
    at_hash: halfHash(accessToken, world.alg),
    ...(nonce && { nonce }),
  }
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: refreshToken,
    id_token: sign(world, bend(world, 'claims', claims)),
  }
}

function sign(world: World, claims: unknown, typ = 'JWT'): string {
  const header = bend(world, 'header', { alg: world.alg, kid: world.key.kid, typ })
  const signer = world.wrongs.findLast(wrong => wrong.sign)?.sign ?? signRight
  return signer(header as Fields, claims as Fields, world.key)
}

const metadataOf = ({ issuer, alg }: World): Fields => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  end_session_endpoint: `${issuer}/logout`,
  revocation_endpoint: `${issuer}/revoke`,
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
function isClient(request: IncomingMessage, form: URLSearchParams, client: Client): boolean {
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

const randomText = (): string => randomBytes(16).toString('base64url')
