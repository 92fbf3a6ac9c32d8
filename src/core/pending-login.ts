// One login under way: what must come back unchanged, from the same browser, once, within ten minutes.
import type { SafeReturnTo } from './return-to.ts'

export const PENDING_LOGIN_MS = 10 * 60_000

/** How the provider's answer comes back: in the address of a redirect, or in a form that the browser posts. */
export type ResponseMode = 'query' | 'form_post'

export type PendingLogin = {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** Name of the provider in our configuration, and its issuer when the login began. */
  readonly provider: string
  readonly issuer: string
  /** The provider announced that it names itself in the answer (RFC 9207), so a missing `iss` is an error. */
  readonly issExpected: boolean
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly returnTo: SafeReturnTo
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** How often this browser was sent round again without a success; bounds loops. */
  readonly attempt: number
  /** The session that this browser had, where the callback will not see its cookie; it ends when this login succeeds. */
  readonly replaces?: string
}

/**
 * From the provider's site no strict cookie comes along, and with a form no lax one either: then the callback cannot see
 * which session the browser has.
 */
export const hidesSession = (
  { responseMode }: Pick<PendingLogin, 'responseMode'>,
  sameSite: 'lax' | 'strict' | 'none',
): boolean => sameSite === 'strict' || (sameSite === 'lax' && responseMode === 'form_post')

export const isStale = (pending: PendingLogin, now: number): boolean => now >= pending.startedAt + PENDING_LOGIN_MS

/** The provider's answer at the callback, reduced to what we read. */
export type AuthorizationResponse = {
  readonly state: string
  readonly params: URLSearchParams
} & ({ readonly kind: 'code' } | { readonly kind: 'error'; readonly error: string })

const readParams = [
  'state',
  'code',
  'error',
  'error_description',
  'iss',
  'session_state',
  'response',
  'id_token',
  'access_token',
]

/** Shape only: every parameter at most once, a state, and either a code or an error. Undefined otherwise. Unknown parameters are tolerated. */
export function readAuthorizationResponse(params: URLSearchParams): AuthorizationResponse | undefined {
  if (readParams.some(name => params.getAll(name).length > 1)) return undefined
  const state = params.get('state')
  const code = params.get('code')
  const error = params.get('error')
  if (!state || state.length > 512 || (code && code.length > 4096)) return undefined
  if (error && !code)
    return { kind: 'error', error: /^[a-z_]{1,64}$/.test(error) ? error : 'unknown_error', state, params }
  return code && error === null ? { kind: 'code', state, params } : undefined
}

/** An answer is taken only in the way that was asked for: whoever gets hold of one cannot bring it in another. */
export function responseModeProblem({ responseMode }: PendingLogin, came: ResponseMode): string | undefined {
  return came === responseMode ? undefined : `the answer came as ${came}, and ${responseMode} was asked for`
}

/** Mix-up defence (RFC 9207): the answer must name the issuer this login went to; a missing name is an error when it was announced. */
export function issuerProblem(pending: PendingLogin, params: URLSearchParams): string | undefined {
  const named = params.get('iss')
  if (named === null)
    return pending.issExpected
      ? 'the answer does not name its issuer, although the provider announces that it does'
      : undefined
  return named === pending.issuer ? undefined : 'the answer names another issuer than the one this login went to'
}
