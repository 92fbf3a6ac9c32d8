// For whom something is counted: the person who is signed in, or else the network that the request came from.
import type { Identity } from './identity.ts'

/** An issuer has no space in it, so no two people run together. */
export const personOf = ({ issuer, subject }: Identity): string => `${issuer} ${subject}`

/**
 * `address` is canonical. An IPv6 customer is given a /64 at least (RFC 6177), so all of it counts as one address. One that stands for
 * an IPv4 address (RFC 6052 2.1) shares its /64 with all of IPv4, and counts by itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('64:ff9b::')) return address
  const [front = '', back = ''] = address.split('::')
  const [head, tail] = [groupsOf(front), groupsOf(back)]
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))

export const visitorOf = (identity: Identity | undefined, address: string): string =>
  identity ? personOf(identity) : networkOf(address)
