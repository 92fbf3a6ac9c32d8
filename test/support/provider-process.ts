// The real provider's own process: node-oidc-provider with PKCE demanded, consent asked, refresh tokens rotated; steered by messages.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider, { type Context } from 'oidc-provider'
import { Agent, fetch } from 'undici'
import { providerMemory } from '../../src/demo/provider-memory.ts'
import type { Ask, Orders, ProviderClient } from './provider.ts'

const orders: Orders = JSON.parse(process.argv[2] ?? '')
const scopes = ['openid', 'profile', 'email', 'groups', 'offline_access']
const cookieKey = randomBytes(32).toString('base64url')
const redirects: { login: readonly string[]; logout: readonly string[] } = { login: [], logout: [] }
const backChannels = new Map<string, string>()
const counts: Record<string, number> = {}
const memory = providerMemory()
const here = [{ address: '127.0.0.1', family: 4 }]
const thisMachine = new Agent({ connect: { lookup: (_host, _options, found) => found(null, here) } })
let keys: readonly JWK[] = [await signingKey()]
let provider: Provider
let serve: ReturnType<Provider['callback']>

const server = createServer((request, response) => {
  const path = request.url?.split('?', 1)[0] ?? ''
  counts[path] = (counts[path] ?? 0) + 1
  const answered = path.startsWith('/interaction/') ? interact(request, response) : serve(request, response)
  answered.catch((error: Error) => response.writeHead(500).end(error.message))
})
server.listen(orders.port, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  openProvider(`http://127.0.0.1:${port}`)
  process.send?.({ issuer: provider.issuer })
})

process.on('disconnect', () => process.exit())
process.on('message', (ask: Ask) => void obey(ask).then(answer => process.send?.({ id: ask.id, answer })))

async function obey(ask: Ask): Promise<unknown> {
  switch (ask.what) {
    case 'register':
      redirects.login = [...redirects.login, ...ask.redirectUris]
      redirects.logout = [...redirects.logout, ...ask.postLogoutRedirectUris]
      if (ask.backChannel)
        backChannels.set(ask.backChannel.clientId ?? orders.clients[0].clientId, ask.backChannel.logoutUri)
      return undefined
    case 'rotateKeys':
      keys = [await signingKey()]
      openProvider(provider.issuer)
      return undefined
    case 'counts':
      return counts
    default:
      throw ask satisfies never
  }
}

/** A fresh provider over the same memory: sessions and grants go on, only the keys are others. */
function openProvider(issuer: string): void {
  provider = new Provider(issuer, {
    adapter: (kind: string) => (kind === 'Client' ? registrations : memory(kind)),
    jwks: { keys },
    cookies: { keys: [cookieKey] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    scopes,
    claims: {
      profile: ['preferred_username', 'name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    conformIdTokenClaims: !orders.claimsInIdToken,
    findAccount,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true, logoutSource },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true },
    },
    fetch: fetchHere,
    ttl: {
      AccessToken: orders.accessTokenSeconds,
      // Long, because tests move the clock of the gateway and not this one.
      IdToken: 30 * 86_400,
      Interaction: 600,
      Grant: 86_400,
      Session: 86_400,
      RefreshToken: 86_400,
    },
  })
  serve = provider.callback()
}

/** Its own way to fetch lets nothing through to this machine, where the gateways of tests are under all their names. */
function fetchHere(url: string, { dispatcher: _, headers, ...options }: RequestInit): Promise<unknown> {
  return fetch(url, { ...options, headers: [...new Headers(headers)], dispatcher: thisMachine })
}

/** Looked up at every use, because gateways learn their own address only after the provider has started. */
const registrations = {
  find: async (clientId: string) => {
    const client = orders.clients.find(one => one.clientId === clientId)
    return client && clientMetadata(client)
  },
}

function clientMetadata({ clientId, clientSecret, authMethod = 'client_secret_basic' }: ProviderClient) {
  return {
    client_id: clientId,
    ...(authMethod !== 'none' && { client_secret: clientSecret }),
    token_endpoint_auth_method: authMethod,
    redirect_uris: redirects.login,
    post_logout_redirect_uris: redirects.logout,
    ...(backChannels.has(clientId) && {
      backchannel_logout_uri: backChannels.get(clientId),
      backchannel_logout_session_required: orders.logoutNamesSession,
    }),
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }
}

async function findAccount(_context: Context, accountId: string) {
  const user = orders.users[accountId]
  return user && { accountId, claims: async () => ({ ...user, sub: accountId }) }
}

/** Two plain forms: who are you (any password will do), and do you agree. */
async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details: unknown = await provider.interactionDetails(request, response)
  const { prompt, params, session } = details as {
    prompt: { name: string }
    params: { client_id: string; scope: string }
    session?: { accountId: string }
  }
  if (request.method === 'GET') return page(response, prompt.name === 'login' ? loginForm : consentForm)
  const form = new URLSearchParams(await text(request))
  if (form.has('cancel')) return finish(request, response, { error: 'access_denied' })
  if (prompt.name === 'login') return logIn(form.get('login') ?? '', request, response)
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  return finish(request, response, { consent: { grantId: await grant.save() } })
}

function logIn(accountId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!Object.hasOwn(orders.users, accountId)) return page(response, loginForm)
  return finish(request, response, { login: { accountId } })
}

const finish = (request: IncomingMessage, response: ServerResponse, result: Readonly<Record<string, unknown>>) =>
  provider.interactionFinished(request, response, result)

const loginForm = `<form method="post"><label>User name <input name="login" autofocus></label>
  <label>Password <input name="password" type="password"></label>
  <button type="submit">Sign in</button> <button type="submit" name="cancel" value="yes">Cancel</button></form>`

const consentForm = `<form method="post"><p>This application asks to know who you are.</p>
  <button type="submit">Allow</button> <button type="submit" name="cancel" value="yes">Cancel</button></form>`

async function page(response: ServerResponse, form: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(`<!doctype html><html lang="en"><title>Provider</title><main>${form}</main></html>`)
}

async function logoutSource(context: Context, form: string): Promise<void> {
  context.type = 'html'
  context.body = `<!doctype html><html lang="en"><title>Provider</title><main>${form}
    <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button></main></html>`
}

async function signingKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: randomBytes(8).toString('base64url') }
}
