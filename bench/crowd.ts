// A gateway put together as src/house.ts does it, whose session room is filled through its own door. In a process of its own, to be measured from outside.
import { randomBytes, randomUUID } from 'node:crypto'
import { loadConfig } from '../src/config/load.ts'
import type { Tokens } from '../src/core/session.ts'
import { openGeneration } from '../src/generation.ts'
import { openFrontGate } from '../src/http/front-gate.ts'
import { listen } from '../src/http/listen.ts'
import { makeLog } from '../src/http/log.ts'
import { carryOver } from '../src/lasting.ts'

/** `lean`: an ES256 ID token beside opaque tokens. `usual`: the same with RS256. `jwts`: three JWTs, as Keycloak gives out. */
export type Kind = 'lean' | 'usual' | 'jwts'

const SHOWN = 1000

const [file = '', kind = 'usual', count = '0'] = process.argv.slice(2)
const loaded = await loadConfig(file)
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
const { config } = loaded
const [{ issuer }] = config.providers
const { lasting } = carryOver(undefined, config, { log: makeLog('error'), now: Date.now })
const generation = await openGeneration(config, lasting)
await listen(openFrontGate(config.server, generation).server, config.server.listen)
process.send?.('open')
process.once('message', () => void fill().then(cookies => process.send?.(cookies)))

/** Answers the cookies of some, from the first to the last. */
async function fill(): Promise<readonly string[]> {
  const cookies: string[] = []
  const every = Math.max(1, Math.floor(Number(count) / SHOWN))
  for (let index = 0; index < Number(count); index++) {
    const cookie = await signIn(index)
    if (index % every === 0) cookies.push(cookie)
  }
  return cookies
}

async function signIn(index: number): Promise<string> {
  const claims = claimsOf(index)
  const { sub: subject, preferred_username: user, email, name, groups } = claims
  const person = { provider: 'corp', issuer, subject, user, email, emailVerified: true, name, groups, claims }
  const device = {
    browser: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    address: '192.0.2.7',
  }
  const order = { identity: person, tokens: tokensFor(claims), sid: claims.sid, device }
  const { setCookies } = await lasting.sessions.begin(order, undefined, config.server.publicUrl.host, Date.now())
  return setCookies.map(line => line.split(';', 1)[0]).join('; ')
}

function claimsOf(index: number) {
  const iat = Math.floor(Date.now() / 1000)
  return {
    ...{ exp: iat + 300, iat, auth_time: iat, iss: issuer, aud: 'sallyport', sub: randomUUID(), azp: 'sallyport' },
    ...{ nonce: opaque(32), sid: randomUUID(), at_hash: opaque(16), acr: '1', email_verified: true },
    ...{ name: `Person Number ${index}`, preferred_username: `person-${index}`, email: `person-${index}@example.com` },
    groups: ['sre', 'staff', 'platform'],
  }
}

function tokensFor(claims: ReturnType<typeof claimsOf>): Tokens {
  const times = { accessTokenExpiresAt: Date.now() + 300_000, refreshAt: Date.now() + 240_000 }
  if (kind !== 'jwts') {
    const idToken = kind === 'lean' ? jwt('ES256', claims, 64) : jwt('RS256', claims, 256)
    return { idToken, accessToken: opaque(32), refreshToken: opaque(32), ...times }
  }
  const { iat, iss, sub, sid, azp } = claims
  const roles = ['default-roles-corp', 'offline_access', 'uma_authorization']
  const scope = 'openid profile email groups offline_access'
  const access = { ...claims, jti: randomUUID(), aud: 'account', typ: 'Bearer', realm_access: { roles }, scope }
  const refresh = { iat, jti: randomUUID(), iss, aud: iss, sub, typ: 'Offline', azp, sid, scope }
  return {
    idToken: jwt('RS256', { ...claims, jti: randomUUID(), typ: 'ID' }, 256),
    accessToken: jwt('RS256', access, 256),
    refreshToken: jwt('HS512', refresh, 64),
    ...times,
  }
}

const jwt = (alg: string, claims: object, signatureBytes: number): string =>
  [{ alg, typ: 'JWT', kid: 'kQ6uX0vX3ZlKxYq1mT0bq8wq0v3n5yJ2a1c9d7e5f3g' }, claims]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat(opaque(signatureBytes))
    .join('.')

function opaque(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}
