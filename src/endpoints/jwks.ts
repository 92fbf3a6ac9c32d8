// `jwks.json`: the public keys of the assertion (RFC 7517 5). The one answer of ours that may be kept for a while.
import type { Endpoint } from './reception.ts'

export const jwks: Endpoint = async (_caller, { keys }) => ({
  status: 200,
  headers: [
    ['Content-Type', 'application/jwk-set+json'],
    ['Cache-Control', 'public, max-age=300'],
    ['X-Content-Type-Options', 'nosniff'],
  ],
  body: JSON.stringify({ keys: keys.map(key => key.publicJwk) }),
})
