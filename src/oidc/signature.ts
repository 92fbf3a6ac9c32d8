// Signatures of the provider's tokens: a compact JWS in, its claims out, and only if one of the provider's own keys made it.
import { isUtf8 } from 'node:buffer'
import { compactVerify, decodeProtectedHeader, errors } from 'jose'
import type { Claims } from '../core/identity.ts'
import { readClaims } from './claims.ts'
import type { KeyRing, KeySet } from './jwks.ts'
import { fittingKeys, isKnownAlg } from './key-choice.ts'

const MOST_CHARACTERS = 256 * 1024

export type Verification =
  | { readonly ok: true; readonly claims: Claims; readonly alg: string }
  | { readonly ok: false; readonly problem: string }

type Header = { readonly alg: string; readonly kid: string | undefined }

export async function verifySignature(
  token: string,
  { ring, algs, now }: { readonly ring: KeyRing; readonly algs: readonly string[]; readonly now: number },
): Promise<Verification> {
  const header = readHeader(token, algs)
  if (typeof header === 'string') return { ok: false, problem: header }
  const keys = await ring.keys(now)
  const payload = (await tryKeys(token, header, keys)) ?? (await tryNewerKeys(token, header, { keys, ring, now }))
  if (!payload) return { ok: false, problem: 'no key of the provider made its signature' }
  const claims = claimsIn(payload)
  return claims ? { ok: true, claims, alg: header.alg } : { ok: false, problem: 'its payload is not a JSON object' }
}

type Tried = { readonly keys: KeySet; readonly ring: KeyRing; readonly now: number }

/** The provider may have changed its keys since, even one under the same key id. How often that is asked is bounded by the ring. */
async function tryNewerKeys(
  token: string,
  header: Header,
  { keys, ring, now }: Tried,
): Promise<Uint8Array | undefined> {
  const newer = await ring.newerKeys(keys, now)
  return newer && tryKeys(token, header, newer)
}

/** Reads the header, in which only `alg` and `kid` count: `jku`, `jwk`, `x5u` and `x5c` are an attacker's to write (RFC 8725 3.10). */
function readHeader(token: string, algs: readonly string[]): Header | string {
  if (token.length > MOST_CHARACTERS) return 'it is longer than 256 KiB'
  // Counted before anything is split: a million dots are a million strings.
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return 'it is not three base64url segments'
  const header = decodeHeader(token)
  if (!header) return 'its header is not a JSON object'
  const { alg, kid, crit } = header
  if (typeof alg !== 'string' || !algs.includes(alg) || !isKnownAlg(alg))
    return 'its alg is not one of the allowed ones'
  if (kid !== undefined && typeof kid !== 'string') return 'its kid is not a string'
  return crit === undefined ? { alg, kid } : 'its header demands extensions that are not understood'
}

function decodeHeader(token: string): Record<string, unknown> | undefined {
  try {
    return decodeProtectedHeader(token)
  } catch {
    return undefined
  }
}

async function tryKeys(token: string, header: Header, keys: KeySet): Promise<Uint8Array | undefined> {
  for (const key of await fittingKeys(keys, header)) {
    try {
      return (await compactVerify(token, key, { algorithms: [header.alg] })).payload
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
    }
  }
  return undefined
}

const claimsIn = (payload: Uint8Array): Claims | undefined =>
  isUtf8(payload) ? readClaims(Buffer.from(payload).toString()) : undefined
