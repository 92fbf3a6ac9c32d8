// Failures on the way to an upstream, told apart by their code.
import { type ErrorCode, SallyportError } from '../core/errors.ts'

const codes: Readonly<Record<string, ErrorCode>> = {
  ETIMEDOUT: 'upstream-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'upstream-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'upstream-timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream-timeout',
  // Connected, and then no answer.
  ECONNRESET: 'upstream-invalid',
  EPIPE: 'upstream-invalid',
  UND_ERR_SOCKET: 'upstream-invalid',
  UND_ERR_HEADERS_OVERFLOW: 'upstream-invalid',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'upstream-invalid',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'request-malformed',
  // We asked for something that cannot be asked.
  UND_ERR_INVALID_ARG: 'internal',
  UND_ERR_NOT_SUPPORTED: 'internal',
  UND_ERR_CLOSED: 'stopping',
  UND_ERR_DESTROYED: 'stopping',
}

/** What failed, in our words; the library's error is kept as the cause. */
export function upstreamError(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error
  const code = codeOf(error)
  return new SallyportError(
    isNoHttp(error, code) ? 'upstream-invalid' : ourCode(code),
    `asking the upstream failed with ${code}`,
    { cause: error },
  )
}

const brokenConnection = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** The other side went away in the middle of it. */
export const isBrokenConnection = (error: Error): boolean => brokenConnection.has(codeOf(error))

/** RFC 9112 9.6: a server that refuses a request of which it has not read all may reset the connection behind its answer. */
export const maySayNoByReset = (status: number): boolean => status >= 400

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no code'

/** What Node's parser or undici's could not read; the latter loses its code for many reasons. */
const isNoHttp = (error: unknown, code: string): boolean =>
  code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError')

/** Without a rule it was the way to the upstream: refused, unknown name, bad certificate. */
function ourCode(code: string): ErrorCode {
  return Object.hasOwn(codes, code) ? (codes[code] as ErrorCode) : 'upstream-unreachable'
}
