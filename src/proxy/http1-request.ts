// The head of a request as one text, with the only framing that this lane knows: a length, or chunks.
import type { Fault } from './http1-fields.ts'
import type { UpstreamRequest } from './upstream-request.ts'

const method = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const target = /^[\x21-\x7e]+$/
const name = method
/** Anything above one byte would be cut down to another character on its way out. */
const value = /^[\t\x20-\x7e\x80-\xff]*$/

/** Everything in it was judged before; a line break that got through all the same must not become a second request. */
export function requestHead(request: UpstreamRequest): string | Fault {
  const { headers } = request
  if (!method.test(request.method) || !target.test(request.path)) return { found: 'such a request line' }
  let text = `${request.method} ${request.path} HTTP/1.1\r\n`
  for (let i = 0; i < headers.length; i += 2) {
    if (!name.test(headers[i] as string) || !value.test(headers[i + 1] as string)) return { found: 'such a header' }
    text += `${headers[i]}: ${headers[i + 1]}\r\n`
  }
  return `${text}${framing(request)}\r\n`
}

/** RFC 9110 8.6: a method that usually has a body says so when it has none. */
function framing({ method, body }: UpstreamRequest): string {
  if (body === 'chunked') return 'Transfer-Encoding: chunked\r\n'
  if (body === 'none') return expectsBody.has(method) ? 'Content-Length: 0\r\n' : ''
  return `Content-Length: ${body}\r\n`
}

const expectsBody = new Set(['PATCH', 'POST', 'PUT', 'QUERY'])
