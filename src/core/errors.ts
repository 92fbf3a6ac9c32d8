// The catalogue of failures: every code with its HTTP status and the one sentence the public may read.

const catalogue = {
  'request-malformed': [400, 'The request could not be understood.'],
  'target-malformed': [400, 'The address contains characters or escapes that are not allowed.'],
  'target-ambiguous': [400, 'The address could be read in more than one way, so it was refused.'],
  'host-malformed': [400, 'The Host header is not a valid host name.'],
  'host-unknown': [421, 'This gateway does not serve the host name you asked for.'],
  'host-misdirected': [421, 'This connection was opened for another host name than the one you asked for.'],
  'body-too-large': [413, 'The request carries more than this gateway accepts.'],
  'destination-refused': [403, 'The second address in the request belongs to another application.'],
  'not-found': [404, 'There is nothing at this address.'],
  'method-not-allowed': [405, 'This method is not allowed here.'],
  unauthenticated: [401, 'You need to sign in.'],
  'login-unknown': [400, 'This sign-in was not started in this browser, or it was used already.'],
  'login-expired': [400, 'This sign-in took too long and has expired.'],
  'login-mixed-up': [400, 'This sign-in came back from another identity provider than the one it went to.'],
  'login-refused': [403, 'The identity provider did not sign you in.'],
  'login-failed': [502, 'The identity provider gave an answer that could not be trusted.'],
  'provider-unavailable': [503, 'The identity provider cannot be reached at the moment.'],
  'session-too-large': [403, 'Your sign-in carries more information than this gateway can keep.'],
  'store-unavailable': [503, 'Your session cannot be checked at the moment.'],
  'too-many-requests': [429, 'More was asked for than one visitor may have here.'],
  'cross-site': [403, 'This request came from another site, so it was refused.'],
  'upgrade-refused': [400, 'This connection cannot be upgraded here.'],
  'upstream-unreachable': [502, 'The application behind this gateway cannot be reached.'],
  'upstream-invalid': [502, 'The application behind this gateway gave an invalid answer.'],
  'upstream-busy': [503, 'The application behind this gateway has no free connection.'],
  'upstream-timeout': [504, 'The application behind this gateway did not answer in time.'],
  stopping: [503, 'This gateway is stopping.'],
  internal: [500, 'Something went wrong in the gateway.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>

export type ErrorCode = keyof typeof catalogue

export const errorCodes = Object.keys(catalogue) as ErrorCode[]

export const statusOf = (code: ErrorCode): number => catalogue[code][0]

export const sentenceOf = (code: ErrorCode): string => catalogue[code][1]

/** A failure with a public sentence (by its code) and a private detail, which only the log sees. */
export class SallyportError extends Error {
  override readonly name = 'SallyportError'
  readonly code: ErrorCode
  /** Seconds after which asking again makes sense; becomes Retry-After. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get status(): number {
    return statusOf(this.code)
  }

  get sentence(): string {
    return sentenceOf(this.code)
  }
}

const MOST_CAUSES = 5

/** What may be logged of a failure: name, code and message of each cause. Never the object, which may carry tokens. */
export function describe(error: unknown, causesLeft = MOST_CAUSES): string {
  if (!(error instanceof Error)) return 'a value that is not an Error was thrown'
  const code = 'code' in error && typeof error.code === 'string' ? ` [${error.code}]` : ''
  // Bounded, because a cause may be its own cause.
  const cause = error.cause === undefined || causesLeft === 0 ? '' : ` <- ${describe(error.cause, causesLeft - 1)}`
  return `${error.name}${code}: ${error.message}${cause}`
}
