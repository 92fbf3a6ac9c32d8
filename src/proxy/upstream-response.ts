// What the visitor gets of the upstream's answer head: judged for sound framing, and copied without what ends at this hop or is ours.
import type { Route } from '../core/route.ts'
import { connectionOptions, endsHere, linesOf } from './hop-by-hop.ts'
import { rewriteLocation, type Visitor } from './rewrite.ts'

/** A final answer or a 101; its header lines as name, value, name, value. */
export type AnswerHead = { readonly status: number; readonly rawHeaders: readonly string[] }

export type Return = {
  readonly route: Pick<Route, 'rewrite' | 'upstream' | 'public'>
  readonly visitor: Visitor
  isOwnCookie(name: string): boolean
  /** Our own Set-Cookie lines. */
  readonly extraSetCookies: readonly string[]
}

export type AnswerReading =
  | { readonly ok: true; readonly headers: string[] }
  /** `found` never quotes the answer: it goes to the log. */
  | { readonly ok: false; readonly found: string }

export function upstreamResponse(head: AnswerHead, back: Return): AnswerReading {
  // RFC 9110 15: a status has three digits, the first of them from 1 on; Node writes no other.
  const found = head.status < 100 ? 'a status below 100' : headersProblem(head.rawHeaders)
  if (found) return { ok: false, found }
  const headers = copyHeaders(head, back)
  if (back.extraSetCookies.length > 0) return { ok: true, headers: ownCookiesOn(headers, back.extraSetCookies) }
  if (!back.route.public && isLeftToCaches(head.status, headers)) headers.push('Cache-Control', 'private')
  return { ok: true, headers }
}

/**
 * About which its upstream tells caches nothing: a shared one may then guess, by an ending such as `.css` (RFC 9111 4.2.2), and
 * hand one person's page to everybody. A 304 would change what is said about the answer that is kept already.
 */
const isLeftToCaches = (status: number, headers: readonly string[]): boolean =>
  status >= 200 && status !== 304 && linesOf(headers, 'cache-control').length === 0

/** What upstreams tell caches, in general and by the names of those between us and the visitor (RFC 9111 5, RFC 9213 2.1). */
const forCaches = /^(?:(?:.+-)?cache-control|expires|pragma|surrogate-control|x-accel-expires|edge-control)$/

/** A shared cache may store Set-Cookie with the rest (RFC 9111 7.3), and would hand one visitor's session to the next. */
function ownCookiesOn(headers: readonly string[], setCookies: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (!forCaches.test(name.toLowerCase())) kept.push(name, headers[i + 1] as string)
  }
  for (const line of setCookies) kept.push('Set-Cookie', line)
  kept.push('Cache-Control', 'private, no-store')
  return kept
}

const fieldName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const forbiddenInValue = /[^\t\x20-\x7e\x80-\xff]/

/** Why these headers cannot be passed on; undefined when nothing is wrong. */
function headersProblem(rawHeaders: readonly string[]): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!fieldName.test(rawHeaders[i] as string)) return 'a header name that is not a token'
    if (forbiddenInValue.test(rawHeaders[i + 1] as string)) return 'a control character in a header value'
  }
  return framingProblem(linesOf(rawHeaders, 'transfer-encoding'), linesOf(rawHeaders, 'content-length'))
}

/** RFC 9112 6.3: framing that two readers could understand differently is refused, and so is a coding that would get lost. */
export function framingProblem(codings: readonly string[], lengths: readonly string[]): string | undefined {
  if (codings.length > 1 || (codings[0] ?? 'chunked').toLowerCase() !== 'chunked')
    return 'a transfer coding other than "chunked"'
  if (lengths.length > 1) return 'more than one Content-Length'
  if (lengths[0] !== undefined && !/^\d{1,15}$/.test(lengths[0])) return 'a Content-Length that is not a number'
  return codings.length + lengths.length > 1 ? 'both Transfer-Encoding and Content-Length' : undefined
}

function copyHeaders({ status, rawHeaders }: AnswerHead, { route, visitor, isOwnCookie }: Return): string[] {
  const options = connectionOptions(rawHeaders)
  const headers: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const value = rawHeaders[i + 1] as string
    const lowerCase = name.toLowerCase()
    if (isDropped(lowerCase) || options.has(lowerCase)) continue
    if (lowerCase === 'set-cookie' && isOwnCookie(cookieName(value))) continue
    if (lowerCase === 'content-length' && hasNoLength(status)) continue
    headers.push(name, lowerCase === 'location' ? rewriteLocation(value, route, visitor) : value)
  }
  return headers
}

/** RFC 9110 8.6 */
const hasNoLength = (status: number): boolean => status < 200 || status === 204

/** Alt-Svc would lead browsers around this gateway (RFC 7838). */
const isDropped = (lowerCase: string): boolean => endsHere(lowerCase) || lowerCase === 'alt-svc'

/** The name under which a browser will send this cookie back: `=name=value` is a nameless cookie that reads like a named one. */
const cookieName = (line: string): string => (/^[\s=]*([^=;]*)/.exec(line)?.[1] ?? '').trim()

/** Fields that decide about framing, routing, identity or security come too late in a trailer (RFC 9110 6.5.1). */
const notInTrailers =
  /^(?:authorization|host|content-.*|cache-control|set-cookie|location|www-authenticate|strict-transport-security|access-control-.*|clear-site-data)$/

/** The trailer fields that may go on, as pairs. */
export function upstreamTrailers(rawTrailers: readonly string[]): Array<[name: string, value: string]> {
  const kept: Array<[name: string, value: string]> = []
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const [name, value] = [rawTrailers[i] as string, rawTrailers[i + 1] as string]
    const lowerCase = name.toLowerCase()
    if (isDropped(lowerCase) || notInTrailers.test(lowerCase)) continue
    if (fieldName.test(name) && !forbiddenInValue.test(value)) kept.push([name, value])
  }
  return kept
}
