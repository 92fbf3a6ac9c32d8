// A provider that does whatever a test tells it to: right by default, wrong at the flick of a switch. It answers at once, without a login page.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoints } from './rogue-endpoints.ts'
import { type Behaviour, type Endpoint, type Fault, type Fields, faults } from './rogue-faults.ts'
import { newKey, type RogueAlg } from './rogue-keys.ts'
import { logoutToken } from './rogue-tokens.ts'
import type { Registered, Seen, World } from './rogue-world.ts'
import type { Test } from './upstream.ts'

type Called = Endpoint | 'elsewhere'

export type Rogue = {
  readonly issuer: string
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** Adds faults, by name or as they are; they hold until `behave`. */
  misbehave(...wrongs: readonly (Fault | Behaviour)[]): void
  behave(): void
  rotateKeys(): void
  /** From now on only this one is right. */
  changeSecret(clientSecret: string): void
  /** What the client has registered for logouts. Until then it is not held to anything, and told nothing. */
  register(uris: Registered): void
  /** A logout token about the person who signs in here; `claims` replace its own. */
  logoutToken(claims?: Fields): string
  /** Requests so far, by endpoint. */
  readonly calls: Readonly<Record<Called, number>>
  /** The same in their order. */
  readonly steps: readonly Called[]
  readonly seen: Seen
  stop(): Promise<void>
}

export type RogueOptions = {
  readonly port?: number
  readonly alg?: RogueAlg
  readonly clientId?: string
  readonly clientSecret?: string
  /** Where its keys are; `/jwks`. */
  readonly jwksPath?: string
  /** Behind its origin, as where many providers share one; may end in a slash. */
  readonly issuerPath?: string
}

const paths: Readonly<Record<string, Endpoint>> = {
  '/.well-known/openid-configuration': 'discovery',
  '/authorize': 'authorize',
  '/token': 'token',
  '/userinfo': 'userinfo',
  '/logout': 'logout',
  '/revoke': 'revoke',
}

export async function startRogueProvider(
  t: Test,
  {
    port = 0,
    alg = 'RS256',
    clientId = 'sally port',
    clientSecret = 'rogue secret: 100%+1',
    jwksPath = '/jwks',
    issuerPath = '',
  }: RogueOptions = {},
): Promise<Rogue> {
  const client = { clientId, clientSecret }
  const world: World = {
    ...{ issuer: '', alg, client, jwksPath, key: newKey(alg), wrongs: [], registered: {}, seen: { headers: [] } },
    ...{ grants: new Map(), refreshable: new Map(), accessTokens: new Set(), idTokens: new Set() },
  }
  const calls = { discovery: 0, jwks: 0, authorize: 0, token: 0, userinfo: 0, logout: 0, revoke: 0, elsewhere: 0 }
  const steps: Called[] = []
  const server = createServer((request, response) => {
    const endpoint = endpointAt(request.url ?? '', { issuerPath, jwksPath })
    calls[endpoint ?? 'elsewhere']++
    world.seen.headers.push(request.headers)
    steps.push(endpoint ?? 'elsewhere')
    if (!endpoint) return response.writeHead(404).end()
    const instead = world.wrongs.findLast(wrong => wrong.answers?.[endpoint])?.answers?.[endpoint]
    if (world.wrongs.some(wrong => wrong.loses === endpoint)) lose(response)
    return instead ? instead(request, response) : endpoints[endpoint](world, request, response)
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  world.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}${issuerPath}`

  async function stop(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  t.teardown(stop)
  return {
    issuer: world.issuer,
    client,
    calls,
    steps,
    seen: world.seen,
    misbehave(...more) {
      world.wrongs = [...world.wrongs, ...more.map(wrong => (typeof wrong === 'string' ? faults[wrong] : wrong))]
    },
    behave() {
      world.wrongs = []
    },
    rotateKeys() {
      world.key = newKey(alg)
    },
    changeSecret(next) {
      client.clientSecret = next
    },
    register(uris) {
      world.registered = uris
    },
    logoutToken: (claims = {}) => logoutToken(world, claims),
    stop,
  }
}

type Places = { readonly issuerPath: string; readonly jwksPath: string }

function endpointAt(url: string, { issuerPath, jwksPath }: Places): Endpoint | undefined {
  const base = issuerPath.replace(/\/$/, '')
  const path = url.startsWith(base) ? (url.slice(base.length).split('?', 1)[0] ?? '') : ''
  return path === jwksPath ? 'jwks' : paths[path]
}

/** What was done is done, but nobody hears of it. */
function lose(response: ServerResponse): void {
  response.writeHead = () => response
  response.end = () => response
}
