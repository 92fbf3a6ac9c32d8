// Values of the session section that deserve a second look: secrets, cookie names and cookie domains. And the key of the session API.
import { Secret } from '../core/secret.ts'
import { isAddress, readHostName } from './addresses.ts'
import { isRefusal, type Refusal } from './problems.ts'

const LEAST_BYTES = 32
const LEAST_DISTINCT = 8
// From documentation, ours included: everybody knows them.
const publishedWords = /change.?me|replace.?(?:me|this)|example|placeholder|insecure|sallyport|your.?secret|0123456789/i

export function readSessionSecret(text: string): Secret | Refusal {
  const wanted = 'use one made by "openssl rand -base64 32"'
  if (Buffer.byteLength(text) < LEAST_BYTES) return { refused: 'is shorter than 32 bytes', wanted }
  if (new Set(text).size < LEAST_DISTINCT) return { refused: 'repeats a few characters', wanted }
  return publishedWords.test(text) ? { refused: 'looks like an example from documentation', wanted } : new Secret(text)
}

/** RFC 6750 2.1: what can stand behind "Bearer". */
export function readBearerKey(text: string): Secret | Refusal {
  if (/^[A-Za-z0-9\-._~+/]+=*$/.test(text)) return readSessionSecret(text)
  return { refused: 'holds a character that no bearer token has', wanted: 'use one made by "openssl rand -base64 32"' }
}

/** RFC 6265 4.1.1: a token. Browsers compare the two prefixes without letter case (RFC 6265bis 4.1.3). */
export function readCookieName(text: string): string | Refusal {
  const wanted = 'write a name such as __Host-sallyport'
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(text)) return { refused: 'is not a cookie name', wanted }
  const prefix = ['__Host-', '__Secure-'].find(known => text.toLowerCase().startsWith(known.toLowerCase()))
  if (!prefix || text.startsWith(prefix)) return text
  return {
    refused: 'has a prefix in unusual letters',
    wanted,
    suggestion: `write "${prefix}${text.slice(prefix.length)}"`,
  }
}

// The best known of the domains under which strangers register names. Not the whole public suffix list (publicsuffix.org):
// browsers hold that, and refuse such a cookie; this only says so earlier.
const publicSuffixes = new Set([
  ...['co.uk', 'org.uk', 'ac.uk', 'gov.uk', 'com.au', 'net.au', 'org.au', 'co.nz', 'co.jp', 'or.jp', 'ne.jp', 'co.kr'],
  ...['co.in', 'co.il', 'co.za', 'com.br', 'com.cn', 'com.mx', 'com.tr', 'com.tw', 'com.sg', 'com.hk', 'com.ar'],
  ...['github.io', 'gitlab.io', 'pages.dev', 'workers.dev', 'vercel.app', 'netlify.app', 'herokuapp.com', 'web.app'],
  ...['firebaseapp.com', 'azurewebsites.net', 'cloudfront.net', 'amazonaws.com', 'fly.dev', 'ngrok.io', 'ngrok.app'],
  ...['duckdns.org', 'nip.io', 'sslip.io', 'ts.net', 'run.app', 'appspot.com', 'blogspot.com', 'onrender.com'],
])

/** A domain that can be one owner's own. */
export function readCookieDomain(text: string): string | Refusal {
  const wanted = 'write a domain of your own, such as example.com'
  if (text.startsWith('.')) return { refused: 'starts with a dot', wanted, suggestion: `write "${text.slice(1)}"` }
  const host = readHostName(text)
  if (isRefusal(host)) return { ...host, wanted }
  if (isAddress(host)) return { refused: 'is an address', wanted: 'leave it out: browsers refuse it' }
  if (!host.includes('.')) return { refused: 'is a single label', wanted }
  return publicSuffixes.has(host) ? { refused: 'belongs to many owners', wanted } : host
}
