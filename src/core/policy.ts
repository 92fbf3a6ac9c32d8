// What a route demands of an identity and a request. Default deny; deny wins over allow.
import { domainToASCII } from 'node:url'
import type { AddressSet } from './address.ts'
import { type Claims, claimAt, type Identity } from './identity.ts'

/** One item of `allow` or `deny`: all criteria that it names must hold. An item that names none holds for nobody. */
export type PolicyItem = {
  /** Anybody who is signed in. */
  readonly authenticated?: true
  /** Names of providers: another one may give the same user name or group to somebody else. */
  readonly providers?: readonly string[]
  /** User names, letter case ignored. */
  readonly users?: readonly string[]
  /** Addresses: exact, or `*@example.com`. To allow, they must be verified; to deny, it is enough that they are claimed. */
  readonly emails?: readonly string[]
  /** Domains of such addresses, exact. */
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
  if (policy.deny.some(item => holds(item, identity, claimedAddress(identity), asked))) return 'denied'
  return policy.allow.some(item => holds(item, identity, verifiedAddress(identity), asked)) ? 'allowed' : 'not-allowed'
}

function holds(item: PolicyItem, identity: Identity, address: Address, asked: Asked): boolean {
  const answers = [
    item.authenticated,
    item.providers?.includes(identity.provider),
    item.users && isOneOf(item.users, identity.user),
    item.emails && hasEmail(item.emails, address),
    item.domains && hasDomain(item.domains, address),
    item.groups?.some(group => identity.groups.includes(group)),
    item.claims && hasClaims(item.claims, identity.claims),
    item.methods && allowsMethod(item.methods, asked.method),
    item.ip?.has(asked.peer),
  ].filter(answer => answer !== undefined)
  return answers.length > 0 && answers.every(answer => answer)
}

/** Only A to Z have two cases here: Unicode would fold the Kelvin sign into a `k`, and one person into another. */
const isOneOf = (names: readonly string[], name: string): boolean =>
  names.some(other => foldAscii(other) === foldAscii(name))

const foldAscii = (name: string): string => name.replace(/[A-Z]/g, letter => letter.toLowerCase())

/** HEAD is GET without the body, so whoever may GET may HEAD. */
export const allowsMethod = (methods: readonly string[], method: string): boolean =>
  methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))

/** What an e-mail address may be taken for, in lower case: one reading of a plain one, several of a strange one. */
type Address = { readonly wholes: readonly string[]; readonly domains: readonly string[] } | 'any'

/** No address is as long (RFC 5321 4.5.3.1.3), and whoever is asked about one reads it at every request. */
const MOST_EMAIL_CHARACTERS = 1024

function hasEmail(patterns: readonly string[], address: Address): boolean {
  if (address === 'any') return true
  return patterns.some(pattern => {
    const wanted = pattern.toLowerCase()
    return wanted.startsWith('*@') ? address.domains.includes(wanted.slice(2)) : address.wholes.includes(wanted)
  })
}

const hasDomain = (wanted: readonly string[], address: Address): boolean =>
  address === 'any' || wanted.some(domain => address.domains.includes(domain.toLowerCase()))

const noAddress: Address = { wholes: [], domains: [] }

const verifiedAddress = ({ email = '', emailVerified }: Identity): Address =>
  (emailVerified && plainAddress(email)) || noAddress

/** Whoever is to be kept out does not get in by leaving an address unverified, or by writing it strangely. */
const claimedAddress = ({ email = '' }: Identity): Address =>
  email.length > MOST_EMAIL_CHARACTERS ? 'any' : (plainAddress(email) ?? strangeAddress(email))

/** Exactly one `@`, a dot-atom before it, an ASCII host name after it; everything stranger is allowed by no rule. */
const plain =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/

function plainAddress(email: string): Address | undefined {
  if (email.length > MOST_EMAIL_CHARACTERS || /[^\x21-\x7e]/.test(email)) return undefined
  const whole = email.toLowerCase()
  const domain = plain.exec(whole)?.[1]
  return domain ? { wholes: [whole], domains: [domain] } : undefined
}

/**
 * Mail software does not agree on which part of `"a@b.test"@c.test` or `a@b.test@c.test` is the domain, or drops a dot
 * at the end and folds letters. So each word of it counts as a domain, and each word with the next one as an address.
 */
function strangeAddress(email: string): Address {
  const words = email.split(/[@\s\p{Cc}"<>()[\],:;\\]+/u).filter(Boolean)
  const domains = words.map(foldDomain)
  return {
    wholes: words.slice(1).map((_, before) => `${words[before]?.toLowerCase()}@${domains[before + 1]}`),
    domains,
  }
}

/** An international name in its ASCII form (UTS 46), which also folds case, wide letters and invisible ones. */
function foldDomain(word: string): string {
  const bare = word.replace(/^\.+|(?<!\.)\.+$/g, '')
  return domainToASCII(bare) || bare.toLowerCase()
}

function hasClaims(wanted: NonNullable<PolicyItem['claims']>, claims: Claims): boolean {
  return Object.entries(wanted).every(([path, accepted]) => {
    const value = claimAt(claims, path)
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    return values.some(one => accepted.some(other => other === one))
  })
}
