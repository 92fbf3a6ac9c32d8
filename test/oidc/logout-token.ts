// Logout tokens: each claim that is wrong is refused by its name, and what holds says whom it means, until when, and once.
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { type CompactJWSHeaderParameters, CompactSign, type JWK } from 'jose'
import t from 'tap'
import type { KeyRing } from '../../src/oidc/jwks.ts'
import { issuerNamedIn, type LogoutTerms, readLogoutToken } from '../../src/oidc/logout-token.ts'

const issuer = 'https://login.example.com'
const now = Date.parse('2026-03-01T12:00:00.700Z')
const seconds = Math.floor(now / 1000)
const event = 'http://schemas.openid.net/event/backchannel-logout'
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const published: JWK = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'k-1' }
const ring: KeyRing = { keys: async () => [published], newerKeys: async () => undefined }
const settings = { issuer, clientId: 'sallyport', idTokenAlgs: ['ES256'], clockSkewMs: 30_000 }

type Fields = Readonly<Record<string, unknown>>

const right: Fields = {
  ...{ iss: issuer, aud: 'sallyport', iat: seconds, exp: seconds + 120, jti: 'jti-1' },
  ...{ events: { [event]: {} }, sub: 'ann', sid: 'session-1' },
}

const sign = (claims: Fields, header: Partial<CompactJWSHeaderParameters> = {}, key = privateKey): Promise<string> =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'k-1', typ: 'logout+jwt', ...header })
    .sign(key)

const read = (token: string, terms: Partial<LogoutTerms> = {}) =>
  readLogoutToken(token, { settings, ring, now, ...terms })
const readClaims = async (claims: Fields) => read(await sign({ ...right, ...claims }))

t.test('a token names one session, or everybody that its subject is', async t => {
  t.match(await readClaims({}), { ok: true, logout: { which: { issuer, sid: 'session-1' } } })
  t.match(await readClaims({ sub: undefined }), { ok: true, logout: { which: { issuer, sid: 'session-1' } } })
  t.match(await readClaims({ sid: undefined }), { ok: true, logout: { which: { issuer, subject: 'ann' } } })
})

t.test('what is not understood is ignored, as the specification demands', async t => {
  t.match(await readClaims({ unknown: { a: 1 }, client_id: 'x', trace_id: 't', typ: 'Logout' }), { ok: true })
  t.match(await readClaims({ aud: ['sallyport'] }), { ok: true })
  t.match(await readClaims({ events: { [event]: { more: 1 }, revoke_offline_access: true } }), { ok: true })
})

const wrong: ReadonlyArray<readonly [check: string, claims: Fields]> = [
  ['iss', { iss: 'https://other.example' }],
  ['iss', { iss: `${issuer}/` }],
  ['iss', { iss: undefined }],
  ['aud', { aud: 'somebody-else' }],
  ['aud', { aud: undefined }],
  ['aud', { aud: [] }],
  ['aud', { aud: ['sallyport', 'a-stranger'] }],
  ['iat', { iat: undefined }],
  ['iat', { iat: String(seconds) }],
  ['iat', { iat: seconds + 32 }],
  ['iat', { iat: seconds - 331, exp: seconds + 1000 }],
  ['exp', { exp: undefined }],
  ['exp', { exp: 'never' }],
  ['exp', { exp: seconds - 31 }],
  ['jti', { jti: undefined }],
  ['jti', { jti: '' }],
  ['jti', { jti: 7 }],
  ['jti', { jti: 'x'.repeat(1025) }],
  ['events', { events: undefined }],
  ['events', { events: {} }],
  ['events', { events: event }],
  ['events', { events: [event] }],
  ['events', { events: { 'http://schemas.openid.net/event/other': {} } }],
  ['events', { events: { [event]: true } }],
  ['events', { events: { [event]: [] } }],
  ['events', { events: { [event]: null } }],
  ['nonce', { nonce: 'n' }],
  ['nonce', { nonce: null }],
  ['sub or sid', { sub: undefined, sid: undefined }],
  ['sub or sid', { sub: '', sid: undefined }],
  ['sub or sid', { sub: 7 }],
  ['sub or sid', { sub: null, sid: undefined }],
  ['sub or sid', { sid: ['session-1'] }],
  ['sub or sid', { sid: '' }],
]

t.test('each claim that is wrong or missing is refused by its name (lesson 88, T-07)', async t => {
  for (const [check, claims] of wrong) t.match(await readClaims(claims), { ok: false, check }, JSON.stringify(claims))
})

t.test('the clock of the provider may differ a little (lesson 69)', async t => {
  for (const claims of [
    { iat: seconds + 30 },
    { iat: seconds - 329, exp: seconds + 1 },
    { iat: seconds - 100, exp: seconds - 29 },
  ])
    t.match(await readClaims(claims), { ok: true }, JSON.stringify(claims))
})

t.test('only a key of the provider, with an allowed algorithm, makes a signature (T-07)', async t => {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  t.match(await read(await sign(right, {}, stranger)), { ok: false, check: 'signature' })
  const es512 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
  t.match(await read(await sign(right, { alg: 'ES512' }, es512)), { ok: false, check: 'signature' })
  const part = (value: Fields) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = `${part({ alg: 'none', typ: 'logout+jwt' })}.${part(right)}`
  for (const signature of ['', 'AAAA'])
    t.match(await read(`${unsigned}.${signature}`), { ok: false, check: 'signature' })
  const hmac = `${part({ alg: 'HS256', kid: 'k-1', typ: 'logout+jwt' })}.${part(right)}`
  const secret = publicKey.export({ type: 'spki', format: 'pem' })
  const forged = `${hmac}.${createHmac('sha256', secret).update(hmac).digest('base64url')}`
  t.match(await read(forged), { ok: false, check: 'signature' })
})

t.test('a token that says it is of another kind is believed', async t => {
  for (const typ of ['logout+jwt', 'Logout+JWT', 'application/logout+jwt', 'JWT', undefined])
    t.match(await read(await sign(right, { typ } as CompactJWSHeaderParameters)), { ok: true }, String(typ))
  for (const typ of ['at+jwt', 'id_token+jwt', 'secevent+jwt', 'application/at+jwt', '', 'xlogout+jwt'])
    t.match(await read(await sign(right, { typ })), { ok: false, check: 'typ' }, typ)
})

t.test('an ID token is no logout token, whoever sends it back', async t => {
  const idToken = { ...right, events: undefined, jti: undefined, nonce: 'n', auth_time: seconds }
  t.match(await read(await sign(idToken, { typ: 'JWT' })), { ok: false })
  t.match(await read(await sign({ ...idToken, nonce: undefined, jti: 'j' }, { typ: 'JWT' })), { check: 'events' })
})

t.test('what is too long or no token is refused before it is taken apart (T-14, T-15)', async t => {
  const token = await sign(right)
  const broken = [
    '',
    'a',
    '.',
    '..',
    'a.b',
    'a.b.c.d.e',
    `${token}.x`,
    `${token} `,
    'a'.repeat(20_000),
    '.'.repeat(1e6),
  ]
  for (const text of [...broken, token.replace('.', '!.'), await sign({ ...right, pad: 'x'.repeat(16_384) })]) {
    t.match(await read(text), { ok: false, check: 'form' }, text.slice(0, 40))
    t.equal(issuerNamedIn(text), undefined)
  }
  for (const text of ['a.b.c', `${token.split('.')[0]}.bm9wZQ.c`]) {
    t.match(await read(text), { ok: false })
    t.equal(issuerNamedIn(text), undefined)
  }
  t.equal(issuerNamedIn(token), issuer)
})

t.test('a late token means the sessions that had begun when it was issued, and no later one (lesson 90)', async t => {
  const issuedAt = now - 60_000
  const reading = await readClaims({ iat: Math.floor(issuedAt / 1000), exp: seconds + 60 })
  if (!reading.ok) throw new Error(reading.found)
  t.ok(reading.logout.startedBefore > issuedAt, 'whoever signed in just before it is meant')
  t.ok(reading.logout.startedBefore <= issuedAt + 3000, 'whoever signed in after it is not')
})

t.test('a token from a clock ahead of ours reaches no session that is yet to begin', async t => {
  const reading = await readClaims({ iat: seconds + 20, exp: seconds + 140 })
  t.match(reading, { ok: true, logout: { startedBefore: now + 1 } })
})

t.test('a token is remembered for as long as it could be sent again, under its issuer and its own name', async t => {
  const onceOf = async (claims: Fields, terms: Partial<LogoutTerms> = {}) => {
    const reading = await read(await sign({ ...right, ...claims }), terms)
    if (!reading.ok) throw new Error(reading.found)
    return reading.logout
  }
  const first = await onceOf({})
  t.equal((await onceOf({ sid: 'another' })).onceKey, first.onceKey)
  t.not((await onceOf({ jti: 'jti-2' })).onceKey, first.onceKey)
  const elsewhere = { ...settings, issuer: 'https://two.example' }
  t.not((await onceOf({ iss: elsewhere.issuer }, { settings: elsewhere })).onceKey, first.onceKey)
  for (const exp of [seconds + 120, seconds + 86_400]) {
    const { onceMs } = await onceOf({ exp })
    const token = await sign({ ...right, exp })
    t.match(await read(token, { now: now + onceMs }), { ok: false }, 'nobody has to remember it any longer')
    t.ok(onceMs < 400_000)
  }
})

t.test('keys that cannot be had are no verdict about the token', async t => {
  const away: KeyRing = { keys: () => Promise.reject(new Error('away')), newerKeys: async () => undefined }
  await t.rejects(read(await sign(right), { ring: away }), { message: 'away' })
})
