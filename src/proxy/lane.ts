// A lane carries one allowed request to its upstream and the answer back. Every lane keeps the contract in test/contracts/lane.ts.
import type { ServerResponse } from 'node:http'
import type { SallyportError } from '../core/errors.ts'
import type { Route } from '../core/route.ts'
import type { Question } from './asking.ts'
import type { OpenStream } from './open-stream.ts'
import type { Visitor } from './rewrite.ts'
import type { Upstreams } from './upstreams.ts'

export type Exchange = Question & {
  readonly route: Route
  readonly upstreams: Upstreams
  readonly res: ServerResponse
  readonly visitor: Visitor
  /** Our own Set-Cookie lines, for the answer. */
  readonly extraSetCookies: readonly string[]
  isOwnCookie(name: string): boolean
  /** Through it the exchange can be interrupted, at any time. */
  readonly stream?: Pick<OpenStream, 'carriedBy'> | undefined
}

/**
 * Settles when the client's answer is over. Throws a SallyportError as long as nothing has been answered, so that the caller can answer
 * instead; the request's body may be unread then, so the connection must be closed behind that answer. Once a byte has gone out, a
 * failure ends the client's connection, so that a half answer never looks like a whole one, and is told as a value.
 */
export type Lane = (exchange: Exchange) => Promise<Passage>

export type Passage =
  | { readonly kind: 'relayed' }
  | { readonly kind: 'client-left' }
  /** No byte in either direction for the route's idle time. */
  | { readonly kind: 'idle' }
  /** Through its `stream`. When nothing had been answered, the caller may still answer. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'broken'; readonly error: SallyportError }
