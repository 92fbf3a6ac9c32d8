// Who sent the request: the peer on the socket, or whom a trusted proxy says it speaks for.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { canonicalAddress } from '../core/address.ts'
import type { ServerConfig } from '../core/settings.ts'

type Trusting = Pick<ServerConfig, 'listen' | 'trustedProxies'>

export type Client = {
  /** A trusted proxy, which speaks for others. */
  readonly isProxy: boolean
  /** Canonical address of the client. */
  readonly address: string
  /** What the upstream reads in X-Forwarded-For: the trusted part of the chain, the socket's peer last. */
  readonly forwardedFor: string
  /** The Host that a trusted proxy says the visitor used. */
  readonly forwardedHost: string | undefined
}

/** Whoever may open our unix socket is on this machine. */
const LOCAL = '127.0.0.1'
const MOST_HOPS = 32

/** Undefined when the peer, or what a trusted proxy says of it, cannot be read: guessing would be worse than refusing. */
export function readClient(raw: IncomingMessage, { listen, trustedProxies: trusted }: Trusting): Client | undefined {
  const peer = 'socketPath' in listen ? LOCAL : peerOf(raw.socket)
  if (peer === undefined) return undefined
  if (!trusted.has(peer)) return { isProxy: false, address: peer, forwardedFor: peer, forwardedHost: undefined }
  const hops = readHops(lines(raw, 'x-forwarded-for'))
  const hosts = lines(raw, 'x-forwarded-host')
  if (!hops || hosts.length > 1) return undefined
  const chain = believed([...hops, peer], trusted)
  return { isProxy: true, address: chain[0] as string, forwardedFor: chain.join(', '), forwardedHost: hosts[0] }
}

/** A connection that was reset has no address any more, although requests of it may still be in our hands. */
export function peerOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string | undefined {
  const [address = ''] = remoteAddress.split('%', 1)
  return canonicalAddress(address)
}

/** From the right: every trusted hop, up to and including the first that is not. */
function believed(hops: readonly string[], trusted: Trusting['trustedProxies']): readonly string[] {
  const stranger = hops.findLastIndex(hop => !trusted.has(hop))
  return hops.slice(Math.max(stranger, 0))
}

function readHops(values: readonly string[]): readonly string[] | undefined {
  if (values.length === 0) return []
  const hops = values.join(',').split(',', MOST_HOPS + 1)
  if (hops.length > MOST_HOPS) return undefined
  const addresses = hops.map(hop => canonicalAddress(hop.trim()))
  return addresses.every(address => address !== undefined) ? addresses : undefined
}

function lines(raw: IncomingMessage, wanted: string): string[] {
  const found: string[] = []
  for (let i = 0; i < raw.rawHeaders.length; i += 2) {
    if (raw.rawHeaders[i]?.toLowerCase() === wanted) found.push(raw.rawHeaders[i + 1] as string)
  }
  return found
}
