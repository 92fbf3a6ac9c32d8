// Choosing keys: the one that fits among all the odd things that providers publish.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import t from 'tap'
import { fittingKeys, isKnownAlg } from '../../src/oidc/key-choice.ts'

const jwk = ({ publicKey }: { publicKey: KeyObject }, more: JWK | object = {}): JWK =>
  ({ ...publicKey.export({ format: 'jwk' }), ...more }) as JWK

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const edwards = generateKeyPairSync('ed25519')
const montgomery = generateKeyPairSync('x25519')

const count = async (keys: readonly unknown[], alg: string, kid?: string) =>
  (await fittingKeys(keys as JWK[], { alg, kid })).length

t.test('a key fits by type and curve', async t => {
  const all = [jwk(rsa), jwk(p256), jwk(koblitz), jwk(edwards), jwk(montgomery)]
  for (const alg of ['RS256', 'PS512', 'ES256', 'EdDSA', 'Ed25519']) t.equal(await count(all, alg), 1, alg)
  for (const alg of ['ES384', 'ES256K', 'HS256', 'none', 'toString', '__proto__'])
    t.equal(await count(all, alg), 0, alg)
})

t.test('a key that says what it is for is used for nothing else', async t => {
  t.equal(await count([jwk(rsa, { use: 'sig', alg: 'RS256', key_ops: ['verify'] })], 'RS256'), 1)
  for (const more of [
    { use: 'enc' },
    { alg: 'RSA-OAEP' },
    { alg: 'PS256' },
    { key_ops: ['encrypt'] },
    { key_ops: 'verify' },
    { use: 7 },
  ])
    t.equal(await count([jwk(rsa, more)], 'RS256'), 0, JSON.stringify(more))
})

t.test('an Edwards key may carry the old name of its algorithm or the new one', async t => {
  t.equal(await count([jwk(edwards, { alg: 'Ed25519' })], 'EdDSA'), 1)
  t.equal(await count([jwk(edwards, { alg: 'EdDSA' })], 'Ed25519'), 1)
})

t.test('a named key is that key alone; without a name every fitting one may be it', async t => {
  const keys = [jwk(rsa, { kid: 'a' }), jwk(rsa, { kid: 'b' }), jwk(rsa)]
  t.equal(await count(keys, 'RS256', 'a'), 1)
  t.equal(await count(keys, 'RS256', '../../a'), 0)
  t.equal(await count(keys, 'RS256'), 3)
})

t.test('keys that are short, broken or no keys at all are passed over (lesson 64)', async t => {
  const odd = [
    {},
    { kty: 'RSA' },
    { kty: 'RSA', n: 7, e: {} },
    { kty: 'RSA', x5c: ['MIIB'] },
    { kty: 'RSA', n: '!!', e: 'AQAB' },
    { kty: 'oct', k: 'c2VjcmV0' },
  ]
  t.equal(await count([...odd, jwk(short)], 'RS256'), 0)
  t.equal(
    await count([{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, { kty: 'EC', crv: 'P-256' }, jwk(p256)], 'ES256'),
    1,
  )
})

t.test('a private key that was published by mistake verifies, and nothing more', async t => {
  const [key] = await fittingKeys([p256.privateKey.export({ format: 'jwk' }) as JWK], { alg: 'ES256' })
  t.match(key, { type: 'public', usages: ['verify'] })
})

t.test('only algorithms with public keys are known', async t => {
  for (const alg of ['RS256', 'ES512', 'Ed25519']) t.ok(isKnownAlg(alg))
  for (const alg of ['none', 'HS256', 'PBES2-HS256+A128KW', '', 'constructor']) t.notOk(isKnownAlg(alg))
})
