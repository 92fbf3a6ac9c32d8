// Failures of a provider in our words: by code and status, and never with tokens, secrets or bodies in them.
import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { SallyportError } from '../core/errors.ts'

const RETRY_AFTER_SECONDS = 5

/** `attempted` says what was tried, as in "the token request". */
export function providerFailure(attempted: string, cause: unknown): SallyportError {
  const ours = ownFailure(cause)
  if (ours) return ours
  const refusal = refusalOf(cause)
  if (!refusal) return new SallyportError('login-failed', `${attempted} failed: ${nameOf(cause)}`)
  const detail = `${attempted} was answered with ${refusal.text}`
  return refusal.passing ? unavailable(detail) : new SallyportError('login-failed', detail)
}

export const unavailable = (detail: string, retryAfterSeconds = RETRY_AFTER_SECONDS): SallyportError =>
  new SallyportError('provider-unavailable', detail, { retryAfterSeconds })

/** What kept a call from its answer is ours already (outbound.ts); openid-client wraps what a custom fetch throws. */
function ownFailure(cause: unknown): SallyportError | undefined {
  if (cause instanceof SallyportError) return cause
  return cause instanceof ClientError && cause.cause instanceof SallyportError ? cause.cause : undefined
}

type Refusal = { readonly text: string; readonly passing: boolean }

/** What the provider said instead of yes; `passing` when asking again later makes sense. */
function refusalOf(cause: unknown): Refusal | undefined {
  if (cause instanceof ResponseBodyError) {
    const passing = cause.error === 'temporarily_unavailable'
    return { text: `status ${cause.status} and the error ${errorWord(cause.error)}`, passing }
  }
  if (cause instanceof WWWAuthenticateChallengeError) {
    const word = cause.cause.find(challenge => challenge.parameters.error)?.parameters.error
    return { text: `status ${cause.status} and the challenge error ${errorWord(word)}`, passing: false }
  }
  const status = cause instanceof ClientError && cause.cause instanceof Response ? cause.cause.status : undefined
  return status === undefined ? undefined : { text: `status ${status}`, passing: status >= 500 || status === 429 }
}

/** RFC 6749 5.2 error words; anything else could be meant for whoever reads the log. */
const errorWord = (word: string | undefined): string =>
  word !== undefined && /^[a-z_]{1,64}$/.test(word) ? `"${word}"` : '(not readable)'

/** Name, code and openid-client's own sentence. Anything deeper may quote the body that it could not parse. */
function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'not an Error'
  const beneath = cause.cause
  const sentence = beneath instanceof Error && codeOf(beneath)?.startsWith('OAUTH_') ? ` (${beneath.message})` : ''
  return `${cause.name} ${codeOf(cause) ?? 'without a code'}${sentence}`
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
