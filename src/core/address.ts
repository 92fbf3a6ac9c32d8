// IP addresses and CIDR ranges in one canonical spelling: IPv4-mapped IPv6 counts as IPv4.
import { BlockList, isIP } from 'node:net'

/** The canonical spelling of an IP address without zone; undefined when it is not one. */
export function canonicalAddress(text: string): string | undefined {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(text)
  const address = mapped?.[1] ?? text
  if (isIP(address) === 4) return address
  if (isIP(address) !== 6 || address.includes('%')) return undefined
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  return unmap(short) ?? short
}

/** `::ffff:7f00:1` → `127.0.0.1` */
function unmap(short: string): string | undefined {
  const parts = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
  if (!parts?.[1] || !parts[2]) return undefined
  const high = Number.parseInt(parts[1], 16)
  const low = Number.parseInt(parts[2], 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

export type AddressSet = { has(address: string): boolean }

export type Range = { readonly address: string; readonly prefix: number }

/** `10.0.0.0/8` or a single address. A mapped range narrower than the mapping itself is read as IPv4; a wider one is refused. */
export function parseRange(text: string): Range | undefined {
  const [rawAddress = '', rawPrefix, ...rest] = text.split('/')
  const address = canonicalAddress(rawAddress)
  if (!address || rest.length > 0 || (rawPrefix !== undefined && !/^\d{1,3}$/.test(rawPrefix))) return undefined
  const written = isIP(rawAddress) === 6 ? 128 : 32
  const bits = isIP(address) === 6 ? 128 : 32
  const prefix = (rawPrefix === undefined ? written : Number(rawPrefix)) - (written - bits)
  return prefix >= 0 && prefix <= bits ? { address, prefix } : undefined
}

/** A set of ranges; asks are for canonical addresses. */
export function addressSet(ranges: readonly Range[]): AddressSet {
  const v4 = new BlockList()
  const v6 = new BlockList()
  for (const { address, prefix } of ranges) {
    if (isIP(address) === 4) v4.addSubnet(address, prefix, 'ipv4')
    else v6.addSubnet(address, prefix, 'ipv6')
  }
  // Two lists, because one BlockList lets a short IPv6 prefix catch mapped IPv4 addresses.
  return {
    has: address =>
      isIP(address) === 4 ? v4.check(address, 'ipv4') : isIP(address) === 6 && v6.check(address, 'ipv6'),
  }
}
