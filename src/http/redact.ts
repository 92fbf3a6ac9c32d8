// The second net under the log: whatever stands under the name of a secret is not written, however deep it stands. No room logs such facts.
import type { LogFacts } from '../core/log.ts'

const secretNames = new Set(
  [
    ...['authorization', 'cookie', 'set-cookie', 'code', 'state', 'nonce', 'verifier', 'codeVerifier', 'ticket'],
    ...['secret', 'clientSecret', 'password', 'assertion', 'token', 'idToken', 'accessToken', 'refreshToken'],
  ].map(plain),
)

/** A copy where something had to go or to be looked into, else the facts themselves. */
export function withoutSecrets(facts: LogFacts): LogFacts {
  let copy: Record<string, unknown> | undefined
  for (const name in facts) {
    const value = facts[name]
    const kept = secretNames.has(plain(name)) && value !== undefined ? '[secret]' : lookInto(value)
    if (kept === value) continue
    copy ??= { ...facts }
    copy[name] = kept
  }
  return copy ?? facts
}

function lookInto(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(lookInto)
  return isPlain(value) ? withoutSecrets(value as LogFacts) : value
}

/** Values of a class write themselves: a Secret says [secret]. */
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype

/** `client_secret`, `Client-Secret` and `clientSecret` are one name. */
function plain(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase()
}
