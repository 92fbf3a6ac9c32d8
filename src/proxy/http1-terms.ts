// What the head of an answer says about its end and about its connection (RFC 9112 6.3, 9).
import { linesOf, listOf } from './hop-by-hop.ts'
import type { Fault } from './http1-fields.ts'
import type { Head } from './http1-head.ts'
import { framingProblem } from './upstream-response.ts'

export type Terms = {
  readonly body: { readonly kind: 'none' | 'chunked' | 'to-end' } | { readonly kind: 'length'; readonly bytes: number }
  /** For so long the connection may rest before it is used again; 0: never again. */
  readonly restMs: number
}

/** Below the five seconds after which many servers close; their own word counts, up to the maximum. */
const REST_MS = 4_000
const MOST_REST_MS = 60_000
/** So much earlier than the upstream said: its end of the connection must not cross our next request. */
const MARGIN_MS = 2_000

export function readTerms(method: string, head: Head): Terms | Fault {
  const codings = linesOf(head.rawHeaders, 'transfer-encoding')
  const lengths = linesOf(head.rawHeaders, 'content-length')
  const found = framingProblem(codings, lengths)
  if (found) return { found }
  // RFC 9112 6.1: an HTTP/1.0 reader on the way would have seen another end.
  if (head.isHttp10 && codings.length > 0) return { found: 'a transfer coding in an HTTP/1.0 answer' }
  const body = bodyOf(method, head.status, codings.length > 0, lengths[0])
  // RFC 9110 8.6, 9.3.2: an upstream that announces a body where there is none may send it all the same, and late: into the next answer.
  const announced = lengths[0] ?? (codings.length > 0 || method === 'HEAD' ? 'some' : '0')
  const endsHere = body.kind === 'to-end' || (body.kind === 'none' && announced !== '0')
  return { body, restMs: endsHere ? 0 : restAfter(head) }
}

const none = { kind: 'none' } as const
const chunked = { kind: 'chunked' } as const
const toEnd = { kind: 'to-end' } as const

function bodyOf(method: string, status: number, isChunked: boolean, length: string | undefined): Terms['body'] {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return none
  if (isChunked) return chunked
  if (length === undefined) return toEnd
  return length === '0' ? none : { kind: 'length', bytes: Number(length) }
}

function restAfter({ isHttp10, rawHeaders }: Head): number {
  if (isHttp10 || linesOf(rawHeaders, 'connection').some(line => listOf(line).includes('close'))) return 0
  const hint = /(?:^|[\s,])timeout=(\d{1,9})/i.exec(linesOf(rawHeaders, 'keep-alive').join())
  if (!hint) return REST_MS
  return Math.max(0, Math.min(Number(hint[1]) * 1000 - MARGIN_MS, MOST_REST_MS))
}
