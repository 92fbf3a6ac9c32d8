import { generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint, createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import t from 'tap'
import { makeAssertions, type SigningKeys, signingKeys } from '../../src/access/assertion.ts'
import { Secret } from '../../src/core/secret.ts'
import { session } from '../session/examples.ts'
import { routeTo } from '../support/visits.ts'

const issuer = 'https://app.test'
const route = routeTo({ name: 'app' })
const settings = { header: 'X-Sallyport-Assertion', ttlMs: 60_000, keys: [] }
const ann = session('ann')

const newPem = () =>
  new Secret(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )

/** As a backend does it: by the published keys. */
const verify = (jwt: string, keys: SigningKeys, audience = 'app', now = Date.now()) =>
  jwtVerify(jwt, createLocalJWKSet({ keys: keys.map(key => key.publicJwk) }), {
    issuer,
    audience,
    currentDate: new Date(now),
    algorithms: ['ES256'],
  })

t.test('a backend can verify it with the published keys, and reads who it is', async t => {
  const keys = signingKeys([])
  const now = Date.now()
  const { payload, protectedHeader } = await verify(makeAssertions(settings, issuer, keys).for(ann, route, now), keys)
  t.match(protectedHeader, { alg: 'ES256', kid: keys[0].kid, typ: 'JWT' })
  t.match(payload, {
    iss: issuer,
    aud: 'app',
    sub: 'id-of-ann',
    user: 'ann',
    groups: ['sre'],
    sid: ann.id,
    idp: 'corp',
  })
  t.equal(payload.iat, Math.floor(now / 1000))
  t.equal(payload.exp, Math.floor(now / 1000) + 60)
})

t.test('it is good for one route and for its time', async t => {
  const keys = signingKeys([])
  const now = Date.now()
  const jwt = makeAssertions(settings, issuer, keys).for(ann, route, now)
  await t.rejects(verify(jwt, keys, 'other'), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
  await t.rejects(verify(jwt, keys, 'app', now + 61_000), { code: 'ERR_JWT_EXPIRED' })
  await t.rejects(verify(jwt, signingKeys([])), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  const [head, body, signature] = jwt.split('.')
  const forged = Buffer.from(JSON.stringify({ ...decodeJwt(jwt), user: 'root' })).toString('base64url')
  await t.rejects(verify([head, forged, signature].join('.'), keys), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
  t.not(body, forged)
})

t.test('it is kept until half its time is over, for each session and each route', async t => {
  const assertions = makeAssertions(settings, issuer, signingKeys([]))
  const first = assertions.for(ann, route, 0)
  t.equal(assertions.for(ann, route, 29_999), first)
  const second = assertions.for(ann, route, 30_000)
  t.not(second, first)
  t.equal(assertions.for(ann, route, 59_999), second)
  t.not(assertions.for(ann, routeTo({ name: 'other' }), 30_000), second)
  t.not(assertions.for(session('bob'), route, 30_000), second)
  t.not(assertions.for({ ...ann }, route, 30_000), second, 'a session that changed is another value')
})

t.test('the first key signs, all are published, so that keys can change without a gap', async t => {
  const [older, newer] = [newPem(), newPem()]
  const before = signingKeys([older])
  const after = signingKeys([newer, older])
  t.equal(after.length, 2)
  t.equal(after[1]?.kid, before[0].kid)
  const kept = makeAssertions(settings, issuer, before).for(ann, route, Date.now())
  await t.resolves(verify(kept, after), 'made before the change')
  const fresh = makeAssertions(settings, issuer, after).for(ann, route, Date.now())
  t.equal(decodeProtectedHeader(fresh).kid, after[0].kid)
  await t.rejects(verify(fresh, before))
})

t.test('what is published is public, and a key has the name that everybody gives it (RFC 7638)', async t => {
  const [{ publicJwk, kid }] = signingKeys([newPem()])
  t.same(Object.keys(publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  t.equal(await calculateJwkThumbprint({ ...publicJwk }, 'sha256'), kid)
  t.equal(publicJwk.kid, kid)
})

t.test('without a key of yours there is one of ours, another in every process', async t => {
  t.not(signingKeys([])[0].kid, signingKeys([])[0].kid)
})
