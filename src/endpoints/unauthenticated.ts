// What a program of ours is told that comes without a session: why there is none, and where to sign in.
import { type SessionFinding, whyLogin } from '../core/decide.ts'
import { sentenceOf, statusOf } from '../core/errors.ts'
import type { OwnPage } from '../core/return-to.ts'
import { type Answer, problemAnswer } from '../http/answer.ts'
import { whyNoSession } from '../pages/session-ended.ts'
import type { Caller, Reception } from './reception.ts'

const code = 'unauthenticated'

/** No cookies: a request in the background must not disturb a login in another tab. */
export function unauthenticated(
  { visit, address }: Caller,
  { prefix }: Reception,
  finding: SessionFinding,
  then?: OwnPage,
): Answer {
  const about = { status: statusOf(code), code, sentence: sentenceOf(code), requestId: visit.id }
  const reason = whyLogin(finding)
  const loginUrl = `${address.origin}${prefix}/login${then === undefined ? '' : `?then=${then}`}`
  return problemAnswer(about, { detail: whyNoSession[reason], reason, loginUrl })
}
