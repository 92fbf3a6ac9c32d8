// A request and an answer in undici's terms.
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Question } from './asking.ts'
import { valueBetween } from './http1-fields.ts'

export function dispatchOptions(
  { request, route }: Question,
  upload: Readable | undefined,
): Dispatcher.DispatchOptions {
  const { method, path, headers, body } = request
  const options = {
    method,
    path,
    headers: upload && typeof body === 'number' ? [...headers, 'Content-Length', String(body)] : headers,
    body: upload ?? null,
    headersTimeout: route.timeouts.responseMs,
    bodyTimeout: 0,
    // An upstream that sends the body after all would send it into the next answer.
    reset: method === 'HEAD',
    // Without it undici reads a server name from Host, and drops the connection whenever that changes. dial() alone decides about TLS.
    servername: 'upstream',
  }
  return options
}

/** undici hands header lines on as the bytes that came, with the blanks behind them. */
export const texts = (raw: Dispatcher.DispatchController['rawHeaders']): string[] =>
  Array.isArray(raw) ? raw.map(part => trimmed(typeof part === 'string' ? part : part.toString('latin1'))) : []

const trimmed = (text: string): string => valueBetween(text, 0, text.length)
