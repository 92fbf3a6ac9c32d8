// What stands beside the rogue provider's own key in its key set: other keys, strange keys, and things that are none.
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import type { JWK } from 'jose'

const published = ({ publicKey }: { publicKey: KeyObject }): JWK => publicKey.export({ format: 'jwk' }) as JWK
const ec = (namedCurve: string): JWK => published(generateKeyPairSync('ec', { namedCurve }))

/** Nobody has the private half: a modulus costs nothing when nothing is ever to be signed with it. */
export function rsa(bits = 2048): JWK {
  const modulus = randomBytes(bits / 8)
  modulus[0] = (modulus[0] ?? 0) | 0x80
  modulus[modulus.length - 1] = (modulus.at(-1) ?? 0) | 1
  return { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }
}

/** All that the certification suite publishes: keys of every kind without `alg`, the provider's own on the seat of one like it, and two to encrypt for. */
export function suiteKeys(own: readonly JWK[]): readonly JWK[] {
  const taken = own.reduce((keys, key) => keys.with(seatOf(key, keys), key), signingSeats)
  return [...taken.map(key => ({ ...key, use: 'sig' })), ...encryptionKeys]
}

const signingSeats: readonly JWK[] = [
  { ...rsa(), kid: 'rsa-1' },
  { ...rsa(), kid: 'rsa-2' },
  { ...ec('P-256'), kid: 'ec-1' },
  { ...ec('P-256'), kid: 'ec-2' },
  { ...ec('secp256k1'), kid: 'koblitz' },
  { ...published(generateKeyPairSync('ed25519')), kid: 'ed' },
]

const encryptionKeys: readonly JWK[] = [
  { ...rsa(), kid: 'rsa-enc', use: 'enc', alg: 'RSA-OAEP' },
  { ...ec('P-256'), kid: 'ec-enc', use: 'enc', alg: 'ECDH-ES' },
]

const seatOf = ({ kty, crv }: JWK, seats: readonly JWK[]): number =>
  seats.findLastIndex(seat => seat.kty === kty && seat.crv === crv)

/** Keys of tomorrow, and of nobody. */
export const unparseableKeys: readonly unknown[] = [
  { kty: 'AKP', kid: 'post-quantum', alg: 'ML-DSA-99', pub: 'AAAA' },
  { kty: 'XYZ', kid: 'made-up', x: 'AAAA' },
]

export const oddKeys = (): readonly unknown[] => [
  ...[null, 'key', 7, [], {}, { kty: 'RSA' }, { kty: 'RSA', n: 7, e: {} }, { kty: 'EC', crv: 'P-256', x: '!', y: '?' }],
  { kty: 'RSA', kid: 'chain', x5c: ['MIIB'] },
  { kty: 'oct', kid: 'oct', k: 'c2VjcmV0' },
  ...unparseableKeys,
  ...suiteKeys([]),
]

export const withoutKid = ({ kid: _, ...key }: JWK): JWK => key

/** One of each kind: the last, where the provider's own has its seat. */
export const onePerKind = (keys: readonly JWK[]): readonly JWK[] =>
  [...Map.groupBy(keys, ({ kty, crv, use }) => `${kty} ${crv} ${use}`).values()].flatMap(kind => kind.slice(-1))
