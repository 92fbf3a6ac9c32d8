// Who may administer: whoever bears the key (RFC 6750 2.1), compared in a time that tells nothing about it.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../core/secret.ts'

/** Undefined when the Authorization header bears the key. */
export function bearerProblem(header: string | undefined, key: Secret): 'no key' | 'wrong key' | undefined {
  const [, borne] = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header ?? '') ?? []
  if (borne === undefined) return 'no key'
  return timingSafeEqual(digest(borne), digest(key.reveal())) ? undefined : 'wrong key'
}

/** Of one length whatever was sent, as the comparison needs it. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
