// What a route demands of an identity and a request. Default deny; deny wins over allow.
import type { AddressSet } from './address.ts'
import { type Claims, claimAt, type Identity } from './identity.ts'

/** One item of `allow` or `deny`: all criteria that it names must hold. An item that names none holds for nobody. */
export type PolicyItem = {
  /** Anybody who is signed in. */
  readonly authenticated?: true
  /** User names, letter case ignored. */
  readonly users?: readonly string[]
  /** Verified addresses: exact, or `*@example.com`. */
  readonly emails?: readonly string[]
  /** Domains of verified addresses, exact. */
  readonly domains?: readonly string[]
  /** Group names, exact. */
  readonly groups?: readonly string[]
  /** Dotted claim path → accepted values; a list claim holds when one element is accepted. */
  readonly claims?: Readonly<Record<string, readonly (string | number | boolean)[]>>
  readonly methods?: readonly string[]
  readonly ip?: AddressSet
}

export type Policy = { readonly allow: readonly PolicyItem[]; readonly deny: readonly PolicyItem[] }

export type Asked = { readonly method: string; readonly peer: string }

export type Verdict = 'allowed' | 'denied' | 'not-allowed'

export function judgePolicy(policy: Policy, identity: Identity, asked: Asked): Verdict {
  if (policy.deny.some(item => holds(item, identity, asked))) return 'denied'
  return policy.allow.some(item => holds(item, identity, asked)) ? 'allowed' : 'not-allowed'
}

function holds(item: PolicyItem, identity: Identity, asked: Asked): boolean {
  const answers = [
    item.authenticated,
    item.users && isOneOf(item.users, identity.user),
    item.emails && hasEmail(item.emails, identity),
    item.domains && hasDomain(item.domains, identity),
    item.groups?.some(group => identity.groups.includes(group)),
    item.claims && hasClaims(item.claims, identity.claims),
    item.methods && allowsMethod(item.methods, asked.method),
    item.ip?.has(asked.peer),
  ].filter(answer => answer !== undefined)
  return answers.length > 0 && answers.every(answer => answer)
}

const isOneOf = (names: readonly string[], name: string): boolean =>
  names.some(other => other.toLowerCase() === name.toLowerCase())

/** HEAD is GET without the body, so whoever may GET may HEAD. */
export const allowsMethod = (methods: readonly string[], method: string): boolean =>
  methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))

function hasEmail(patterns: readonly string[], identity: Identity): boolean {
  const address = verifiedAddress(identity)
  if (!address) return false
  return patterns.some(pattern => {
    const wanted = pattern.toLowerCase()
    return wanted.startsWith('*@') ? address.domain === wanted.slice(2) : address.whole === wanted
  })
}

function hasDomain(domains: readonly string[], identity: Identity): boolean {
  const address = verifiedAddress(identity)
  return address !== undefined && domains.some(domain => domain.toLowerCase() === address.domain)
}

/** Exactly one `@`, a dot-atom before it, an ASCII host name after it; everything stranger matches no rule. */
const plainAddress =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/

function verifiedAddress(identity: Identity): { readonly whole: string; readonly domain: string } | undefined {
  if (!identity.email || !identity.emailVerified || /[^\x21-\x7e]/.test(identity.email)) return undefined
  const whole = identity.email.toLowerCase()
  const domain = plainAddress.exec(whole)?.[1]
  return domain ? { whole, domain } : undefined
}

function hasClaims(wanted: NonNullable<PolicyItem['claims']>, claims: Claims): boolean {
  return Object.entries(wanted).every(([path, accepted]) => {
    const value = claimAt(claims, path)
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    return values.some(one => accepted.some(other => other === one))
  })
}
