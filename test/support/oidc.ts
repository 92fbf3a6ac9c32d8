// Driving one provider door in tests: its settings, a log that remembers, and a browser reduced to cookies and forms.
import type { LogFacts } from '../../src/core/log.ts'
import { type AuthorizationResponse, readAuthorizationResponse } from '../../src/core/pending-login.ts'
import { frontPage } from '../../src/core/return-to.ts'
import { Secret } from '../../src/core/secret.ts'
import type { ProviderConfig } from '../../src/core/settings.ts'
import { makeProvider, type Provider, type SignedIn } from '../../src/oidc/provider.ts'

export const redirectUri = 'http://127.0.0.1:9/_sallyport/callback'

type At = { readonly issuer: string; readonly client: { readonly clientId: string; readonly clientSecret: string } }

export const settingsFor = ({ issuer, client }: At, wanted: Partial<ProviderConfig> = {}): ProviderConfig => ({
  name: 'corp',
  issuer,
  clientId: client.clientId,
  clientAuth: { method: 'client_secret_basic', secret: new Secret(client.clientSecret) },
  scopes: ['openid', 'profile', 'email', 'groups'],
  claims: { user: 'preferred_username', email: 'email', groups: 'groups', name: 'name' },
  userinfo: 'auto',
  wantedClaims: [],
  responseMode: 'query',
  authorizationParams: {},
  idTokenAlgs: ['RS256', 'ES256', 'EdDSA'],
  logout: { rpInitiated: 'auto', backChannel: true, frontChannel: true, revokeTokens: true },
  ca: undefined,
  timeoutMs: 2000,
  clockSkewMs: 30_000,
  dangerouslyAllowHttpProvider: false,
  dangerouslyTrustUnverifiedEmail: false,
  ...wanted,
})

export type LogLine = { readonly level: string; readonly text: string; readonly facts: LogFacts }

export function rememberingLog() {
  const lines: LogLine[] = []
  const at = (level: string) => (facts: LogFacts, text: string) => void lines.push({ level, text, facts })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export type Door = Provider & { readonly log: ReturnType<typeof rememberingLog> }

type Teardown = { teardown(end: () => Promise<void>): void }

export function openDoor(t: Teardown, at: At, wanted: Partial<ProviderConfig> = {}): Door {
  const log = rememberingLog()
  const provider = makeProvider(settingsFor(at, wanted), log)
  t.teardown(() => provider.close())
  return { ...provider, log }
}

export const wish = () => ({ redirectUri, returnTo: frontPage, attempt: 0, now: Date.now() })

/** A whole login: `visit` plays the browser between the two halves. `now` may be another time than the one it is. */
export async function signIn(door: Provider, visit: Visit = answersAtOnce, now = Date.now()): Promise<SignedIn> {
  const { url, pending } = await door.begin({ ...wish(), now })
  return door.finish({ response: codeIn(await visit(url)), pending, now })
}

/** What a browser does with the address of the provider, up to where it is sent back to. */
export type Visit = (url: URL) => Promise<URL>

/** The rogue provider redirects without asking. */
export const answersAtOnce: Visit = async url => {
  const answer = await fetch(url, { redirect: 'manual' })
  await answer.body?.cancel()
  return new URL(answer.headers.get('location') ?? '')
}

export function codeIn({ searchParams }: URL): AuthorizationResponse & { kind: 'code' } {
  const response = readAuthorizationResponse(searchParams)
  if (response?.kind !== 'code') throw new Error(`the provider sent back no code, but ${searchParams}`)
  return response
}

const MOST_HOPS = 12

/** A browser with cookies that fills in the real provider's forms, until it is sent away from there. */
export function visitorCalled(name: string, fields: Readonly<Record<string, string>> = {}): Visit {
  const cookies = new Map<string, string>()
  return async start => {
    let url = start
    let form: URLSearchParams | undefined
    for (let hop = 0; url.origin === start.origin; hop++) {
      if (hop === MOST_HOPS) throw new Error(`the provider does not let ${name} go`)
      const cookie = Array.from(cookies, pair => pair.join('=')).join('; ')
      const answer = await fetch(url, {
        redirect: 'manual',
        headers: { cookie },
        ...(form && { method: 'POST', body: form }),
      })
      for (const line of answer.headers.getSetCookie()) cookies.set(...cookieIn(line))
      const page = await answer.text()
      const location = answer.headers.get('location')
      if (!location && !page.includes('<form')) throw new Error(`the provider answered ${answer.status}: ${page}`)
      form = location ? undefined : new URLSearchParams({ login: name, password: 'any', ...fields })
      if (location) url = new URL(location, url)
    }
    return url
  }
}

function cookieIn(line: string): [string, string] {
  const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=')
  return [name, value]
}
