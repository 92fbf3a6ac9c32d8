// The body of a POST to one of our own endpoints, read as a form: strictly, and with an end to its length and its time.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '../core/errors.ts'

const MOST_BYTES = 64 * 1024
const LONGEST_MS = 10_000

export type FormReading =
  | { readonly ok: true; readonly params: URLSearchParams }
  | { readonly ok: false; readonly code: ErrorCode; readonly found: string }

export async function readForm(raw: IncomingMessage, res: ServerResponse): Promise<FormReading> {
  if (!isForm(raw)) return { ok: false, code: 'request-malformed', found: 'a body that is not a plain form' }
  // Only now the client is told to send it (RFC 9110 10.1.1).
  if (raw.headers.expect !== undefined) res.writeContinue()
  const body = await readBody(raw)
  if (typeof body === 'string') return { ok: false, code: body, found: 'a form that is too long, or broke off' }
  const text = decoded(body)
  if (text === undefined) return { ok: false, code: 'request-malformed', found: 'a form that is not UTF-8' }
  return { ok: true, params: new URLSearchParams(text) }
}

/** Many clients write a charset behind the type; the type itself has none, and only UTF-8 could be meant (WHATWG URL 5.1). */
function isForm({ headers }: IncomingMessage): boolean {
  const type = headers['content-type'] ?? ''
  if (headers['content-encoding'] !== undefined) return false
  return /^application\/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset="?utf-8"?)?[ \t]*$/i.test(type)
}

/** The bytes, or the code of what is wrong with them. */
async function readBody(raw: IncomingMessage): Promise<Buffer | ErrorCode> {
  const tooSlow = setTimeout(() => raw.destroy(), LONGEST_MS)
  const chunks: Buffer[] = []
  let size = 0
  try {
    // The socket still has to carry our answer when we stop reading.
    for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
      size += chunk.length
      if (size > MOST_BYTES) return 'body-too-large'
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (error instanceof Error && 'code' in error && brokenOff.has(error.code)) return 'request-malformed'
    throw error
  } finally {
    clearTimeout(tooSlow)
  }
}

const brokenOff: ReadonlySet<unknown> = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'])

function decoded(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}
