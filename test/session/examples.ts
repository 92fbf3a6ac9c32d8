// What the tests of this room talk about: a settings file, people who sign in, and a browser that keeps cookies.
import { randomBytes } from 'node:crypto'
import type { Log, LogFacts } from '../../src/core/log.ts'
import type { PendingLogin } from '../../src/core/pending-login.ts'
import { parseReturnTo } from '../../src/core/return-to.ts'
import { Secret } from '../../src/core/secret.ts'
import { deviceOf, type Session } from '../../src/core/session.ts'
import type { CookieConfig, SessionConfig } from '../../src/core/settings.ts'

export const minute = 60_000
export const hour = 60 * minute

export const host = 'tools.example.com'
export const startedAt = 1_800_000_000_000

export const cookie: CookieConfig = { name: '__Host-sallyport', domain: undefined, sameSite: 'lax', secure: true }

export const newSecret = (): Secret => new Secret(randomBytes(32).toString('base64url'))

export const settings = (over: Partial<SessionConfig> = {}): SessionConfig => ({
  idleMs: hour,
  absoluteMs: 12 * hour,
  issuers: { corp: 'https://login.example.com' },
  shortestIdleMs: hour,
  secrets: [newSecret()],
  store: { type: 'memory', maxSessions: 100 },
  cookie,
  ...over,
})

export function signIn(user: string, groups: readonly string[] = ['sre']) {
  const claims = { iss: 'https://login.example.com', sub: `id-of-${user}`, preferred_username: user, groups }
  const person = { provider: 'corp', issuer: claims.iss, subject: claims.sub, user, groups, claims }
  return {
    identity: { ...person, email: undefined, emailVerified: false, name: undefined },
    tokens: { idToken: jwt(claims), accessToken: jwt({ ...claims, scope: 'openid' }), refreshToken: `opaque-${user}` },
    sid: `sid-of-${user}`,
    device: deviceOf('Firefox on a laptop', '192.0.2.7'),
  }
}

export const session = (user: string): Session => ({
  id: randomBytes(16).toString('base64url'),
  ...signIn(user),
  revision: 0,
  startedAt,
  seenAt: startedAt,
})

export function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256', kid: 'k1' })}.${part(claims)}.${randomBytes(256).toString('base64url')}`
}

export const pendingLogin = (over: Partial<PendingLogin> = {}): PendingLogin => ({
  state: randomBytes(32).toString('base64url'),
  nonce: randomBytes(32).toString('base64url'),
  codeVerifier: randomBytes(32).toString('base64url'),
  provider: 'corp',
  issuer: 'https://login.example.com',
  issExpected: true,
  redirectUri: `https://${host}/_sallyport/callback`,
  responseMode: 'query',
  returnTo: parseReturnTo('/d/board?from=now', '/_sallyport'),
  startedAt,
  attempt: 0,
  ...over,
})

/** A browser that keeps what it is told to keep, as long as it is told to. */
export class Jar {
  readonly cookies = new Map<string, string>()

  /** The Cookie header; undefined when there is none. */
  get header(): string | undefined {
    return this.cookies.size === 0 ? undefined : Array.from(this.cookies, pair => pair.join('=')).join('; ')
  }

  keep(setCookies: readonly string[]): this {
    for (const line of setCookies) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      if (line.includes('Max-Age=0;')) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return this
  }
}

/** A log that can be read afterwards. */
export function memoryLog(): Log & { readonly lines: Array<LogFacts & { text: string }> } {
  const lines: Array<LogFacts & { text: string }> = []
  const write = (facts: LogFacts, text: string): void => void lines.push({ ...facts, text })
  return { lines, debug: write, info: write, warn: write, error: write }
}

/** The text with another character at `at`. */
export const altered = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
