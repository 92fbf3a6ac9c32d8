// Claims out of JSON text: an object, and no deeper than anybody's claims are.
import type { Claims } from '../core/identity.ts'

const MOST_LEVELS = 32

/** Undefined for anything else. Whoever writes a session down goes into its claims level by level, and a stack has an end. */
export function readClaims(json: string): Claims | undefined {
  const value = parsed(json)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return isWithin(MOST_LEVELS, value) ? (value as Claims) : undefined
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The reason would quote the text.
    return undefined
  }
}

function isWithin(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every(inner => isWithin(levels - 1, inner))
}
