// What Node's parser lets through but two readers of one message could understand differently: refused before anything else.
import type { IncomingMessage } from 'node:http'

/** Headers above this many would be hidden from us by Node; its limit and ours are the same number. */
export const MOST_HEADERS = 500

/** Fields that decide something here or behind us: a second line of them is a second opinion. */
const single = new Set([
  'host',
  'authorization',
  'content-length',
  'transfer-encoding',
  'content-type',
  'destination',
  'origin',
  'upgrade',
  'expect',
])

/** What is wrong with the message around its target; undefined when nothing is. */
export function framingProblem(raw: IncomingMessage): string | undefined {
  if (raw.httpVersion !== '1.1' && raw.httpVersion !== '1.0') return 'an HTTP version other than 1.0 and 1.1'
  if (raw.rawHeaders.length / 2 >= MOST_HEADERS) return 'too many header lines'
  return headersProblem(raw.rawHeaders) ?? codingProblem(raw) ?? lengthProblem(raw) ?? expectationProblem(raw)
}

function headersProblem(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase()
    if (!single.has(name)) continue
    if (seen.has(name)) return `two "${name}" lines`
    seen.add(name)
  }
  return undefined
}

/** RFC 9112 6.1: a coding that we do not know, or one that an HTTP/1.0 reader behind us would not see. */
function codingProblem(raw: IncomingMessage): string | undefined {
  const coding = raw.headers['transfer-encoding']
  if (coding === undefined) return undefined
  if (coding.toLowerCase() !== 'chunked') return 'a transfer coding other than "chunked"'
  return raw.httpVersion === '1.0' ? 'a transfer coding in an HTTP/1.0 request' : undefined
}

/** Written anew as a number, a longer one would be another length. */
const lengthProblem = ({ headers }: IncomingMessage): string | undefined =>
  /^\d{1,15}$/.test(headers['content-length'] ?? '0') ? undefined : 'a Content-Length of too many digits'

/** RFC 9110 10.1.1: HTTP/1.0 knows no expectations. */
const expectationProblem = ({ headers, httpVersion }: IncomingMessage): string | undefined =>
  httpVersion === '1.0' || (headers.expect ?? '100-continue').toLowerCase() === '100-continue'
    ? undefined
    : 'an expectation other than "100-continue"'

/** How long the body is, as framed by the client; its bytes are framed anew by us. */
export function bodyLength(raw: IncomingMessage): number | 'chunked' | 'none' {
  if (raw.headers['transfer-encoding'] !== undefined) return 'chunked'
  const length = raw.headers['content-length']
  return length === undefined ? 'none' : Number(length)
}
