// Signatures: what is read of a token before a key is tried, and what comes out when one fits.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CompactSign, type JWK } from 'jose'
import t from 'tap'
import type { KeyRing } from '../../src/oidc/jwks.ts'
import { verifySignature } from '../../src/oidc/signature.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const published: JWK = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'k-1' }
const algs = ['ES256']

/** Keys that never change, and a note of how often newer ones were wanted. */
function ringOf(...keys: readonly JWK[]): KeyRing & { wanted: number } {
  const ring = {
    wanted: 0,
    keys: async () => keys,
    async newerKeys() {
      ring.wanted++
      return undefined
    },
  }
  return ring
}

const sign = (payload: string | Uint8Array, kid: string | undefined = 'k-1', key: KeyObject = privateKey) =>
  new CompactSign(typeof payload === 'string' ? new TextEncoder().encode(payload) : payload)
    .setProtectedHeader({ alg: 'ES256', ...(kid && { kid }) })
    .sign(key)

const verify = (token: string, ring: KeyRing = ringOf(published)) => verifySignature(token, { ring, algs, now: 0 })

t.test('claims come out when one of the keys made the signature', async t => {
  t.same(await verify(await sign('{"sub":"ann"}')), { ok: true, alg: 'ES256', claims: { sub: 'ann' } })
  t.match(await verify(await sign('{"sub":"ann"}', '')), { ok: true })
})

t.test('a payload that is no JSON object gives no claims, however well it is signed', async t => {
  for (const payload of ['[]', '"x"', 'null', '7', '{', new Uint8Array([123, 34, 255, 34, 58, 49, 125])])
    t.match(await verify(await sign(payload)), { ok: false, problem: /payload/ }, String(payload))
})

t.test('newer keys are wanted whenever none fits, also where a new key came under an old key id', async t => {
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  for (const token of [await sign('{}', 'k-2'), await sign('{}', '', stranger), await sign('{}', 'k-1', stranger)]) {
    const ring = ringOf(published)
    t.match(await verify(token, ring), { ok: false })
    t.equal(ring.wanted, 1)
  }
})

t.test('a token is refused by its looks before any key is fetched', async t => {
  const header = (value: unknown) => `${Buffer.from(JSON.stringify(value)).toString('base64url')}.e30.AAAA`
  const looks: ReadonlyArray<readonly [string, RegExp]> = [
    ['', /three/],
    ['a.b', /three/],
    ['a..c', /three/],
    ['a.b.c.d', /three/],
    ['a.b.c=', /three/],
    ['a.b.c\n', /three/],
    ['.'.repeat(200_000), /three/],
    [`a.${'b'.repeat(300_000)}.c`, /longer/],
    ['a.b.c', /header/],
    [header([]), /header|alg/],
    [header({}), /alg/],
    [header({ alg: 'none' }), /alg/],
    [header({ alg: 'HS256' }), /alg/],
    [header({ alg: ['ES256'] }), /alg/],
    [header({ alg: 'ES256', kid: 7 }), /kid/],
    [header({ alg: 'ES256', crit: ['exp'] }), /extensions/],
  ]
  const untouched: KeyRing = {
    keys: () => Promise.reject(new Error('asked')),
    newerKeys: () => Promise.reject(new Error('asked')),
  }
  for (const [token, problem] of looks)
    t.match(await verify(token, untouched), { ok: false, problem }, token.slice(0, 40))
})
