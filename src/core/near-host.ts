// How near a host is by its name alone: on this machine, or in the network around it. What a name resolves to is not seen from here.
import { addressSet, canonicalAddress, parseRange } from './address.ts'

/** Addresses that mean something else to everybody (RFC 6890): private, shared, link-local, and what translates into IPv4. */
const inner = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3', '::/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16'],
  ...['fc00::/7', 'fe80::/10', 'ff00::/8'],
]

const innerAddresses = addressSet(inner.flatMap(text => parseRange(text) ?? []))

/** Only this machine can be at such a name: plain http cannot be overheard there. */
export function isLoopback(host: string): boolean {
  const address = addressIn(host)
  return address ? /^127\.|^::1$/.test(address) : /(?:^|\.)localhost\.?$/i.test(host)
}

/** This machine by name, or an address that has no meaning outside of its network. */
export function isInner(host: string): boolean {
  const address = addressIn(host)
  return address ? innerAddresses.has(address) : isLoopback(host)
}

const addressIn = (host: string): string | undefined => canonicalAddress(host.replace(/^\[|\]$/g, ''))
