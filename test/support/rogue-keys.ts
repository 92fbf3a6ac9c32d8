// The rogue provider's keys: made, published, and used as a good provider would.
import { createHash, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto'
import type { JWK } from 'jose'
import type { Fields, SigningKey } from './rogue-faults.ts'

export type RogueAlg = 'RS256' | 'ES256' | 'EdDSA'

export function newKey(alg: RogueAlg): SigningKey {
  const kid = randomBytes(8).toString('base64url')
  if (alg === 'RS256') return { kid, alg, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
  if (alg === 'ES256') return { kid, alg, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  return { kid, alg, ...generateKeyPairSync('ed25519') }
}

export const publicKey = ({ kid, publicKey: key }: SigningKey): JWK =>
  ({ ...key.export({ format: 'jwk' }), kid }) as JWK

export function signRight(header: Fields, claims: Fields, { alg, privateKey }: SigningKey): string {
  const signed = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const digest = alg === 'EdDSA' ? null : 'sha256'
  return `${signed}.${signBytes(digest, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

export function halfHash(token: string, alg: RogueAlg): string {
  const digest = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
    .update(token)
    .digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}
