// Cookies on the wire: an exact reader of the Cookie header, the sieve that keeps ours from upstreams, the writer of Set-Cookie.
import type { CookieConfig } from '../core/settings.ts'

export type Cookie = { readonly name: string; readonly value: string }

/** A browser as its request shows it: the cookies of ours that it sent, where they are valid, and the time. */
export type Browser = { readonly cookies: readonly Cookie[]; readonly host: string; readonly now: number }

/**
 * Our cookies in this header, in order, every copy of them. Names count byte by byte: nothing is decoded, unquoted or
 * folded, and only SP and TAB around a name or value are dropped, so no look-alike is taken for ours.
 */
export function readOwnCookies(header: string | undefined, base: string): readonly Cookie[] {
  if (!header?.includes(base)) return []
  return header.split(';').flatMap(piece => {
    const equals = piece.indexOf('=')
    const name = trimBlanks(piece.slice(0, Math.max(equals, 0)))
    return isOwn(name, base) ? [{ name, value: trimBlanks(piece.slice(equals + 1)) }] : []
  })
}

/** The name itself and everything behind a dot after it are ours. */
export const isOwn = (name: string, base: string): boolean => name === base || name.startsWith(`${base}.`)

/**
 * The header without our cookies, well formed, the others byte by byte and in their order; undefined when none is left.
 * A piece that starts with `=` is dropped: some readers look for a cookie's name behind it.
 */
export function withoutOwnCookies(header: string, base: string): string | undefined {
  const others = header
    .split(';')
    .map(trimBlanks)
    .filter(piece => piece !== '' && !piece.startsWith('=') && !isOwn(nameOf(piece), base))
  return others.length === 0 ? undefined : others.join('; ')
}

function nameOf(piece: string): string {
  const equals = piece.indexOf('=')
  return equals < 0 ? piece : trimBlanks(piece.slice(0, equals))
}

/** By hand: a regular expression for trailing blanks takes quadratic time on blanks in the middle. */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text[start])) start++
  while (end > start && isBlank(text[end - 1])) end--
  return text.slice(start, end)
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t'

/** RFC 6265bis 5.5: browsers keep no cookie for longer than 400 days. */
export const MOST_AGE_SECONDS = 400 * 86_400

export type NewCookie = Cookie & { readonly maxAgeSeconds: number }

/** One Set-Cookie line. Name and value are ours and need no escaping. */
export function setCookie({ name, value, maxAgeSeconds }: NewCookie, config: CookieConfig): string {
  const sameSite = { lax: 'Lax', strict: 'Strict', none: 'None' }[config.sameSite]
  const domain = config.domain === undefined ? '' : `; Domain=${config.domain}`
  const age = Math.min(Math.floor(maxAgeSeconds), MOST_AGE_SECONDS)
  return `${name}=${value}; Max-Age=${age}${domain}; Path=/; HttpOnly${config.secure ? '; Secure' : ''}; SameSite=${sameSite}`
}

/** More deletions than this wait for the next answer: a browser holds fewer, only a crafted header has more. */
const MOST_DELETIONS = 64

/**
 * Set-Cookie lines that delete these, each name once, with the attributes they were set with. Where a domain is configured
 * the copy without domain goes too: left from an older configuration, it would make every later session cookie a duplicate.
 */
export function deleteCookies(names: Iterable<string>, config: CookieConfig): readonly string[] {
  const scopes = config.domain === undefined ? [config] : [{ ...config, domain: undefined }, config]
  return [...new Set(names)]
    .slice(0, MOST_DELETIONS)
    .flatMap(name => scopes.map(scope => setCookie({ name, value: '', maxAgeSeconds: 0 }, scope)))
}
