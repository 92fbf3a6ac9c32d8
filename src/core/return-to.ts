// Where to go after login or logout: a path on our own origin, proven safe, or the front page.
import { canonicalPath } from './target.ts'

declare const safe: unique symbol

/** A same-origin path with query that no browser resolves to another origin. Only parseReturnTo makes one. */
export type SafeReturnTo = string & { readonly [safe]: true }

export const frontPage = '/' as SafeReturnTo

/** Longer than this and it does not fit beside the rest of a pending login in one cookie. */
export const MOST_RETURN_CHARACTERS = 2048
const shape = /^\/(?![/\\])[\x21\x22\x24-\x5b\x5d-\x7e]*$/
const trickyPath = /\/\/|\/\.{1,2}(?:\/|$)|;|%(?:[01][0-9a-f]|7f|2e|2f|5c|25)/i
const brokenEscape = /%(?![0-9a-f]{2})/i

/** `ownPrefix` is refused as a target: it would loop through login or log out. */
export function parseReturnTo(text: string | undefined, ownPrefix: string): SafeReturnTo {
  return text !== undefined && isSafe(text, ownPrefix) ? (text as SafeReturnTo) : frontPage
}

function isSafe(text: string, ownPrefix: string): boolean {
  if (text.length > MOST_RETURN_CHARACTERS || !shape.test(text)) return false
  const path = text.split('?', 1)[0] as string
  if (trickyPath.test(path) || brokenEscape.test(path)) return false
  if (isBelow(canonicalPath(path).toLowerCase(), ownPrefix.toLowerCase())) return false
  return staysHome(text)
}

/** Pages of our own that a login may lead to. They are called by name, so that no address under our prefix is ever taken from a link. */
export const ownPages = ['sessions'] as const

export type OwnPage = (typeof ownPages)[number]

export const pathOfOwnPage = (page: OwnPage, ownPrefix: string): SafeReturnTo => `${ownPrefix}/${page}` as SafeReturnTo

/** The address of a login that leads to `returnTo`. */
export function loginPath(returnTo: SafeReturnTo, ownPrefix: string): string {
  const page = ownPages.find(name => pathOfOwnPage(name, ownPrefix) === returnTo)
  return `${ownPrefix}/login?${page ? `then=${page}` : `return_to=${encodeURIComponent(returnTo)}`}`
}

const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

/** Resolved as a browser does (WHATWG URL), twice over: the second round is for a reader that re-serialises. */
function staysHome(text: string): boolean {
  const home = 'http://home.invalid'
  const resolved = URL.parse(text, home)
  if (resolved?.origin !== home) return false
  const again = resolved.pathname + resolved.search
  return shape.test(again) && URL.parse(again, home)?.origin === home
}
