// Where things are, as texts of the configuration: listen addresses, origins, upstreams, host names, ranges.
import { isIP } from 'node:net'
import { parseRange, type Range } from '../core/address.ts'
import { readHost } from '../core/host.ts'
import type { PublicUrl } from '../core/public-url.ts'
import type { Upstream } from '../core/route.ts'
import type { Listen } from '../core/settings.ts'
import { isRefusal, type Refusal } from './problems.ts'

export function readListen(text: string): Listen | Refusal {
  const socketPath = readSocket(text)
  if (socketPath !== undefined) return isRefusal(socketPath) ? socketPath : { socketPath }
  const wanted = 'write an address and a port such as 0.0.0.0:8080, or unix:/path'
  const [, written = '', digits] = /^(.*):(0|[1-9]\d{0,4})$/.exec(text) ?? []
  if (digits === undefined || Number(digits) > 65535) return { refused: 'has no port', wanted }
  if (written === '') return { refused: 'has no address', wanted, suggestion: `write 0.0.0.0:${digits}` }
  const host = readHostName(written)
  return isRefusal(host) ? host : { host: withoutBrackets(host), port: Number(digits) }
}

function readSocket(text: string): string | Refusal | undefined {
  if (!text.startsWith('unix:')) return undefined
  const path = text.slice('unix:'.length)
  // A longer path is cut off by the kernel's sockaddr_un.
  if (/^(?:\/[^/\p{Cc}]+)+$/u.test(path) && Buffer.byteLength(path) <= 107) return path
  return { refused: 'is not an absolute socket path of at most 107 bytes', wanted: 'write unix:/run/app.sock' }
}

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, '')

const standardPorts = { http: 80, https: 443 } as const

/** Scheme, host and port, and nothing that could be dropped or misread on the way. */
function readOrigin(text: string, example: string): PublicUrl | Refusal {
  const [, scheme, authority = '', rest = ''] = /^(https?):\/\/([^/?#\\]*)(.*)$/s.exec(text) ?? []
  if (scheme !== 'http' && scheme !== 'https') return noScheme(text, example)
  if (authority.includes('@')) return withPassword
  const short = `${scheme}://${authority}`
  if (rest !== '')
    return {
      refused: 'has more than scheme, host and port',
      wanted: `write it like ${example}`,
      suggestion: `write "${short}"`,
    }
  const host = readHost(authority)
  const name = host && readHostName(host.name)
  if (name === undefined || isRefusal(name)) return { refused: 'has no valid host', wanted: `write it like ${example}` }
  return { scheme, host: name, port: host?.port ?? standardPorts[scheme] }
}

const withPassword: Refusal = {
  refused: '',
  found: 'there is a user name or password in the URL',
  wanted: 'write the URL without anything before an "@"',
}

function noScheme(text: string, example: string): Refusal {
  if (text.includes('@')) return withPassword
  if (text.includes('://'))
    return { refused: 'has another scheme than http and https', wanted: `write it like ${example}` }
  const suggestion = `write "${example.split(':')[0]}://${text}"`
  return { refused: 'has no scheme', wanted: `write a URL like ${example}`, ...(readHost(text) && { suggestion }) }
}

/** A slash at the end is what browsers copy. */
export const readPublicUrl = (text: string): PublicUrl | Refusal =>
  readOrigin(text.replace(/(?<=[^/])\/$/, ''), 'https://tools.example.com')

export function readUpstream(text: string): Omit<Upstream, 'tls'> | Refusal {
  const socketPath = readSocket(text)
  if (isRefusal(socketPath)) return socketPath
  if (socketPath !== undefined) return { scheme: 'http', address: { socketPath }, authority: 'localhost' }
  const origin = readOrigin(text, 'http://app:8080')
  if (isRefusal(origin)) return origin
  const { scheme, host, port } = origin
  const authority = port === standardPorts[scheme] ? host : `${host}:${port}`
  return { scheme, address: { host: withoutBrackets(host), port }, authority }
}

/** Kept exactly as written: OpenID Connect Discovery 4.3 compares it byte by byte. */
export function readIssuer(text: string): string | Refusal {
  const wanted = 'write the issuer URL of the provider, such as https://login.example.com/realms/corp'
  if (text.includes('@')) return withPassword
  if (!/^https?:\/\/[^/]/.test(text)) return noScheme(text, 'https://login.example.com')
  if (/[^\x21-\x7e]|[\\<>"^`{|}]/.test(text) || !URL.canParse(text)) return { refused: 'is not a URL', wanted }
  return /[?#]/.test(text) ? { refused: 'has a query or a fragment', wanted } : text
}

/** A canonical host name or address without port, one that every URL reader spells the same way. */
export function readHostName(text: string): string | Refusal {
  const wanted = 'write a host name such as app.example.com'
  const ascii = URL.parse(`http://${text}`)?.hostname
  if (/[^\x21-\x7e]/.test(text)) {
    return { refused: 'is not an ASCII host name', wanted, ...(ascii && { suggestion: `write "${ascii}"` }) }
  }
  const host = readHost(text)
  if (!host) return { refused: 'is not a host name', wanted }
  if (host.port !== undefined) return { refused: 'has a port', wanted, suggestion: `write "${host.name}"` }
  const canonical = URL.parse(`http://${host.name}`)?.hostname
  if (host.name.startsWith('[') && canonical) return canonical
  return canonical === host.name ? host.name : { refused: 'is not a host name to every reader', wanted }
}

/** Exact, or `*.` and a name: every name below it. */
export function readRouteHost(text: string): string | Refusal {
  const wanted = 'write a host name such as app.example.com or *.example.com'
  const isWildcard = text.startsWith('*.')
  const name = readHostName(isWildcard ? text.slice(2) : text)
  if (isRefusal(name)) return { ...name, wanted }
  if (!isWildcard) return name
  return isAddress(name) ? { refused: 'is a wildcard over an address', wanted } : `*.${name}`
}

export const isAddress = (host: string): boolean => isIP(withoutBrackets(host)) !== 0

export const readRange = (text: string): Range | Refusal =>
  parseRange(text) ?? { refused: 'is not an address range', wanted: 'write an address or a range such as 10.0.0.0/8' }

/** A range this wide names nobody in particular. */
export const isEverybody = (range: Range): boolean => range.prefix < 4
