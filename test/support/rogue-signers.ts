// Signatures as the rogue provider makes them when it is told to lie.
import { createHmac, randomBytes } from 'node:crypto'
import type { Fields, Signer } from './rogue-faults.ts'

const base64 = (value: Fields): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** HS256 under a secret that anybody knows: the public key. */
export const signedWithPublicKey: Signer = (header, claims, { publicKey }) =>
  hmac(header, claims, publicKey.export({ type: 'spki', format: 'pem' }))

/** HS256, as a provider makes it with the client secret, but the secret is another one. */
export const signedWithAnySecret: Signer = (header, claims) => hmac(header, claims, randomBytes(32))

function hmac(header: Fields, claims: Fields, secret: string | Buffer): string {
  const signed = `${base64({ ...header, alg: 'HS256' })}.${base64(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export const unsigned: Signer = (header, claims) => `${base64({ ...header, alg: 'none' })}.${base64(claims)}.`

export function withBrokenSignature(token: string): string {
  const [head, body, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[9] = (bytes[9] ?? 0) ^ 1
  return `${head}.${body}.${bytes.toString('base64url')}`
}
