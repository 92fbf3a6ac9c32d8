// The name that a TLS handshake asked for: whoever routes connections by it must not be talked past with another Host.
import type { IncomingMessage } from 'node:http'
import { readHost } from '../core/host.ts'

/** Canonical; undefined over plain http, without one, and where it is no host name (RFC 6066 3). */
export function serverName({ socket }: IncomingMessage): string | undefined {
  return 'servername' in socket && typeof socket.servername === 'string' ? readHost(socket.servername)?.name : undefined
}
