// What the upstream is asked: the matched path and a clean copy of the client's headers, with everything that is ours written last.
import type { ManagedNames } from '../core/identity-headers.ts'
import type { Route } from '../core/route.ts'
import type { Target, TargetProblem } from '../core/target.ts'
import { connectionOptions, endsHere } from './hop-by-hop.ts'
import { rewritePath } from './rewrite.ts'

/** All that goes into the upstream request, already decided. */
export type Departure = {
  readonly route: Route
  readonly target: Target
  readonly method: string
  /** As Node gives them: name, value, name, value. */
  readonly rawHeaders: readonly string[]
  readonly managed: ManagedNames
  withoutOwnCookies(cookieHeader: string): string | undefined
  /** Identity fields, assertion and the route's own headers. */
  readonly identity: ReadonlyArray<readonly [name: string, value: string]>
  readonly forwardedFor: string
  readonly scheme: 'http' | 'https'
  /** As the visitor used it, with its port when that is not the scheme's own. */
  readonly host: string
  readonly requestId: string
  readonly bodyLength: BodyLength
}

export type BodyLength = number | 'chunked' | 'none'

export type UpstreamRequest = {
  readonly method: string
  readonly path: string
  /** Name, value, name, value; Host first. Framing is not among them: each lane writes its own. */
  readonly headers: string[]
  readonly body: BodyLength
}

export type UpstreamRequestReading =
  | { readonly ok: true; readonly request: UpstreamRequest }
  | { readonly ok: false; readonly problem: TargetProblem }

export function upstreamRequest(departure: Departure): UpstreamRequestReading {
  const { route, target, method, bodyLength } = departure
  const rewritten = rewritePath(target, route)
  if (!rewritten.ok) return rewritten
  return { ok: true, request: { method, path: rewritten.path, headers: headersOf(departure), body: bodyLength } }
}

function headersOf(departure: Departure): string[] {
  const { route, host, scheme, forwardedFor, requestId, identity } = departure
  const headers = ['Host', route.rewrite.host === 'visitor' ? host : route.upstream.authority]
  copyClientHeaders(departure, headers)
  headers.push('X-Forwarded-For', forwardedFor, 'X-Forwarded-Host', host, 'X-Forwarded-Proto', scheme)
  headers.push('X-Forwarded-Port', portOf(host, scheme), 'X-Request-Id', requestId)
  for (const [name, value] of identity) headers.push(name, value)
  return headers
}

function copyClientHeaders({ rawHeaders, managed, route, withoutOwnCookies }: Departure, headers: string[]): void {
  const options = connectionOptions(rawHeaders)
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const { lowerCase, forwarded } = clientHeader(name)
    if (!forwarded || managed.has(name) || options.has(lowerCase) || isRemoved(route, lowerCase)) continue
    const value = rawHeaders[i + 1] as string
    const kept = lowerCase === 'cookie' ? withoutOwnCookies(value) : value
    if (kept !== undefined) headers.push(name, kept)
  }
}

const isRemoved = ({ headers }: Route, lowerCase: string): boolean =>
  headers.remove.length > 0 && headers.remove.some(name => name.toLowerCase() === lowerCase)

/** Host and the request id are ours to write; framing and Expect ended with the client's message, which Node has answered with its 100. */
const writtenByUs = new Set(['content-length', 'expect', 'host', 'x-request-id'])

type ClientHeader = { readonly lowerCase: string; readonly forwarded: boolean }

// What a name means never changes, so it is worked out once. Bounded: names come from clients.
const knownNames = new Map<string, ClientHeader>()
const MOST_KNOWN_NAMES = 2000

function clientHeader(name: string): ClientHeader {
  const known = knownNames.get(name)
  if (known) return known
  const lowerCase = name.toLowerCase()
  const header = { lowerCase, forwarded: !endsHere(lowerCase) && !writtenByUs.has(lowerCase) }
  if (knownNames.size < MOST_KNOWN_NAMES) knownNames.set(name, header)
  return header
}

const portOf = (host: string, scheme: 'http' | 'https'): string =>
  /:(\d+)$/.exec(host)?.[1] ?? (scheme === 'https' ? '443' : '80')
