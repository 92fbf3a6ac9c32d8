// Certificates and private keys as PEM text: garbage is found at load, not at the first connection.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { Secret } from '../core/secret.ts'
import type { Refusal } from './problems.ts'

/** One certificate or a chain; the text is kept as it is. */
export function readCertificates(text: string): string | Refusal {
  const parsed = parseCertificates(text)
  return parsed.length > 0 && parsed.every(Boolean)
    ? text
    : { refused: 'is not a certificate', wanted: 'name a file with PEM certificates ("-----BEGIN CERTIFICATE-----")' }
}

export const parseCertificates = (text: string): ReadonlyArray<X509Certificate | undefined> =>
  (text.match(/-----BEGIN [\s\S]*?(?:-----END [^-]*-----|$)/g) ?? []).map(parseCertificate)

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    // OpenSSL has a different error for every kind of garbage.
    return undefined
  }
}

export const readPrivateKey = (text: string): Secret | Refusal =>
  parsePrivateKey(text)
    ? new Secret(text)
    : { refused: 'is not a private key', wanted: 'name a file with an unencrypted PEM private key' }

/** ES256 signs with P-256 and nothing else (RFC 7518 3.4). */
export function readSigningKey(text: string): Secret | Refusal {
  const isP256 = parsePrivateKey(text)?.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return isP256
    ? new Secret(text)
    : { refused: 'is not an EC P-256 private key', wanted: 'name a file with a PEM private key on the curve P-256' }
}

function parsePrivateKey(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text)
  } catch {
    // As above: garbage, a passphrase and a public key are all "not a private key".
    return undefined
  }
}

/** OpenSSL's code for what is wrong with a certificate that can be read and not be served, such as an RSA key of 1024 bits. */
export function whyTlsRefuses(certificates: string): string | undefined {
  try {
    createSecureContext({ cert: certificates })
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
}

/** Whether the key is that of the first certificate. */
export function belongTogether(certificates: string, key: string): boolean {
  const [first] = parseCertificates(certificates)
  const privateKey = parsePrivateKey(key)
  return first !== undefined && privateKey !== undefined && first.checkPrivateKey(privateKey)
}
