// A login that ends without a session: one line in the log, and a page with a way to start again.
import type { ErrorCode } from '../core/errors.ts'
import type { PendingLogin } from '../core/pending-login.ts'
import { loginPath } from '../core/return-to.ts'
import type { Answer } from '../http/answer.ts'
import { failureAnswer } from '../http/failure.ts'
import type { Caller, Reception } from './reception.ts'

export type LoginProblem = {
  readonly code: ErrorCode
  readonly found: string
  /** The login that it was, as far as that is known. */
  readonly pending?: PendingLogin
}

export function loginProblem({ code, found, pending }: LoginProblem, { visit }: Caller, reception: Reception): Answer {
  visit.trail.failure = code
  reception.log.warn({ request: visit.id, failure: code, found }, 'login refused')
  return failureAnswer(visit, code, { retryUrl: retryUrl(reception, pending) })
}

export const retryUrl = ({ prefix }: Reception, pending?: PendingLogin): string =>
  pending ? loginPath(pending.returnTo, prefix) : `${prefix}/login`
