// Whose certificate it must be, as options for a TLS connection: a name is asked for and checked, an address is only checked.
import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'

/** RFC 6066 3: an address is never asked for by name, and yet it is what the certificate must be for. */
export const certifiedFor = (name: string) => ({
  ...(isIP(name) === 0 && { servername: name }),
  checkServerIdentity: (_: string, certificate: PeerCertificate): Error | undefined =>
    checkServerIdentity(name, certificate),
})
