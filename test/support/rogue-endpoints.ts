// The rogue provider's endpoints: each does the right thing, bent by whatever faults are switched on.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Endpoint, type Fields, json } from './rogue-faults.ts'
import { newKey, publicKey } from './rogue-keys.ts'
import { endSession } from './rogue-logout.ts'
import { randomText, sign, tokensFor } from './rogue-tokens.ts'
import { bend, bendParams, isTold, person, type World } from './rogue-world.ts'

type Answering = (world: World, request: IncomingMessage, response: ServerResponse) => unknown

export const endpoints: Readonly<Record<Endpoint, Answering>> = {
  discovery: (world, _, response) => json(response, 200, bend(world, 'metadata', metadataOf(world))),
  jwks: (world, _, response) => json(response, 200, { keys: bend(world, 'jwks', [publicKey(world.key)]) }),
  authorize(world, request, response) {
    const params = queryOf(request)
    if (isTold(world, 'before a further login') && world.seen.authorize) world.key = newKey(world.alg)
    world.seen.authorize = params
    const redirectUri = params.get('redirect_uri') ?? ''
    const answer = authorizationResponse(params, world)
    if (params.get('response_mode') === 'form_post') return posted(redirectUri, answer, response)
    response.writeHead(303, { location: `${redirectUri}?${answer}` }).end()
  },
  async token(world, request, response) {
    const form = new URLSearchParams(await text(request))
    world.seen.token = form
    world.seen.authorization = request.headers.authorization
    if (!isClient(request, form, world)) return json(response, 401, { error: 'invalid_client' })
    const tokens = tokensFor(form, world)
    return tokens ? json(response, 200, tokens) : json(response, 400, { error: 'invalid_grant' })
  },
  userinfo(world, request, response) {
    world.seen.userinfo = request
    const [scheme, token = ''] = request.headers.authorization?.split(' ') ?? []
    if (scheme !== 'Bearer' || !world.accessTokens.has(token)) return json(response, 401, { error: 'invalid_token' })
    if (!world.wrongs.some(wrong => wrong.signedUserinfo)) return json(response, 200, bend(world, 'userinfo', person))
    const claims = { ...person, iss: world.issuer, aud: world.client.clientId }
    const body = sign(world, bend(world, 'signedUserinfo', claims))
    return response.writeHead(200, { 'content-type': 'application/jwt' }).end(body)
  },
  logout: (world, request, response) => endSession(world, queryOf(request), response),
  async revoke(world, request, response) {
    const form = new URLSearchParams(await text(request))
    world.seen.revoke = form
    if (!isClient(request, form, world)) return json(response, 401, { error: 'invalid_client' })
    return response.writeHead(200).end()
  },
}

function authorizationResponse(params: URLSearchParams, world: World): URLSearchParams {
  const code = randomText()
  const asked = { nonce: params.get('nonce'), challenge: params.get('code_challenge') }
  const authTime = Math.floor(Date.now() / 1000)
  world.grants.set(code, { ...asked, redirectUri: params.get('redirect_uri'), authTime })
  const state = params.get('state') ?? ''
  const right = { code, state, iss: world.issuer, session_state: 'unknown to you', something_new: 'ignore me' }
  return bendParams(world, 'redirect', new URLSearchParams(right))
}

/** OAuth 2.0 Form Post Response Mode, with a button for browsers that run no script. */
function posted(action: string, params: URLSearchParams, response: ServerResponse): void {
  const inputs = Array.from(params, ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  const page = `<!doctype html><body onload="document.forms[0].submit()"><form method="post" action="${action}">${inputs.join('')}<button>Go on</button></form>`
  response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(page)
}

function metadataOf({ issuer, alg, jwksPath }: World): Fields {
  const base = issuer.replace(/\/$/, '')
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    userinfo_endpoint: `${base}/userinfo`,
    end_session_endpoint: `${base}/logout`,
    revocation_endpoint: `${base}/revoke`,
    jwks_uri: base + jwksPath,
    response_types_supported: ['token code id_token', 'code'],
    response_modes_supported: ['fragment', 'form_post', 'query'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [alg, 'none', 'HS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['tls_client_auth', 'something_new', 'client_secret_basic'],
    authorization_response_iss_parameter_supported: true,
  }
}

const queryOf = (request: IncomingMessage): URLSearchParams => new URL(request.url ?? '/', 'http://rogue').searchParams

/** Basic with form-encoded id and secret (RFC 6749 2.3.1), or both in the body. */
function isClient(request: IncomingMessage, form: URLSearchParams, { client }: World): boolean {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (!basic) return form.get('client_id') === client.clientId && form.get('client_secret') === client.clientSecret
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':').map(formDecode)
  return id === client.clientId && secret === client.clientSecret
}

const formDecode = (part: string): string => decodeURIComponent(part.replaceAll('+', ' '))
