// How the demo's identity provider is set up: one client, PKCE demanded, keys made at start, claims from the list of people.
import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import type { Context, Grant } from 'oidc-provider'
import { claimsOf, personCalled } from './people.ts'
import { providerMemory } from './provider-memory.ts'
import { logoutForm, type ProviderProblem, problemPage, signedOut } from './provider-pages.ts'

export type DemoClient = {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
}

const scopes = ['openid', 'profile', 'email', 'groups', 'offline_access']
const hour = 3600

export async function providerConfiguration(client: DemoClient): Promise<Readonly<Record<string, unknown>>> {
  return {
    adapter: providerMemory(),
    clients: [clientMetadata(client)],
    jwks: { keys: [await signingKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    pkce: { required: () => true },
    scopes,
    claims: {
      profile: ['preferred_username', 'name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    findAccount,
    loadExistingGrant: grantEverything,
    clientBasedCORS: () => false,
    renderError: showProblem,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { logoutSource, postLogoutSuccessSource } },
    ttl: {
      AccessToken: hour,
      AuthorizationCode: 60,
      Grant: 12 * hour,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: 12 * hour,
      Session: 12 * hour,
    },
  }
}

const clientMetadata = (client: DemoClient) => ({
  client_id: client.clientId,
  client_secret: client.clientSecret,
  client_name: 'Courtyard',
  redirect_uris: client.redirectUris,
  post_logout_redirect_uris: client.postLogoutRedirectUris,
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
})

async function signingKey() {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: randomBytes(8).toString('base64url') }
}

async function findAccount(_context: Context, login: string) {
  const person = personCalled(login)
  return person && { accountId: login, claims: async () => claimsOf(person) }
}

/** No consent page: the one client that there is belongs to the same demo. */
async function grantEverything({ oidc }: Context): Promise<Grant | undefined> {
  const { client, provider, session } = oidc
  if (!client || session?.accountId === undefined) return undefined
  const before = session.grantIdFor(client.clientId)
  if (before) return provider.Grant.find(before)
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(scopes.join(' '))
  await grant.save()
  return grant
}

async function logoutSource(context: Context, form: string): Promise<void> {
  // A hint proves that the client knows whom it signs out; without one, anybody's link could have led here.
  show(context, logoutForm(form, context.oidc.params?.id_token_hint !== undefined))
}

async function postLogoutSuccessSource(context: Context): Promise<void> {
  show(context, signedOut())
}

async function showProblem(context: Context, problem: ProviderProblem): Promise<void> {
  show(context, problemPage(problem))
}

function show(context: Context, page: string): void {
  context.type = 'html'
  context.body = page
}
