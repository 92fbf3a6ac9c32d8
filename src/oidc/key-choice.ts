// Which of the published keys could have made a signature. Providers publish odd keys: what does not fit is passed over.
import { type CryptoKey, importJWK, type JWK } from 'jose'

type Shape = { readonly kty: 'RSA' } | { readonly kty: 'EC' | 'OKP'; readonly crv: string }

const rsa: Shape = { kty: 'RSA' }
const ed25519: Shape = { kty: 'OKP', crv: 'Ed25519' }

/** The signature algorithms that can be allowed at all: public keys only, so neither `none` nor any HS. */
const shapes: Readonly<Record<string, Shape>> = {
  ...{ RS256: rsa, RS384: rsa, RS512: rsa, PS256: rsa, PS384: rsa, PS512: rsa },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: ed25519,
  Ed25519: ed25519,
}

const LEAST_RSA_BYTES = 256

export const isKnownAlg = (alg: string): boolean => Object.hasOwn(shapes, alg)

/** The keys that fit, imported. A signature without `kid` may be any fitting key's; one with a `kid` only that key's. */
export async function fittingKeys(
  keys: readonly JWK[],
  { alg, kid }: { readonly alg: string; readonly kid?: string | undefined },
): Promise<readonly CryptoKey[]> {
  const fitting = keys.filter(key => (kid === undefined || key.kid === kid) && fits(key, alg))
  const imported = await Promise.all(fitting.map(key => importPublic(key, alg)))
  return imported.filter(key => key !== undefined)
}

function fits(key: JWK, alg: string): boolean {
  const shape = shapes[alg]
  if (!shape || key.kty !== shape.kty) return false
  if ('crv' in shape && key.crv !== shape.crv) return false
  if (key.alg !== undefined && key.alg !== alg && !(key.kty === 'OKP' && isKnownAlg(key.alg))) return false
  return isForSignatures(key) && (key.kty !== 'RSA' || isLongEnough(key))
}

function isForSignatures({ use, key_ops: operations }: JWK): boolean {
  if (use !== undefined && use !== 'sig') return false
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
}

/** RFC 7518 3.3: 2048 bits or more. */
const isLongEnough = ({ n }: JWK): boolean =>
  typeof n === 'string' && Buffer.from(n, 'base64url').byteLength >= LEAST_RSA_BYTES

/** The public members only: some publish private ones by mistake. */
async function importPublic({ kty, crv, x, y, n, e }: JWK, alg: string): Promise<CryptoKey | undefined> {
  const key = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }))
  try {
    const imported = await importJWK(key, alg)
    return imported instanceof Uint8Array ? undefined : imported
  } catch {
    // A key that cannot be imported is one more that does not fit; the others may.
    return undefined
  }
}
