// A failure becomes an answer: the public sentence and the request id, as a page or as problem details. The detail stays in the log.
import { type ErrorCode, SallyportError, sentenceOf, statusOf } from '../core/errors.ts'
import type { TargetProblem } from '../core/target.ts'
import { errorPage } from '../pages/error-page.ts'
import type { Html } from '../pages/html.ts'
import { loginProblemPage } from '../pages/login-problem-page.ts'
import { type Answer, pageAnswer, problemAnswer, withHeaders } from './answer.ts'
import type { Visit } from './visit.ts'

export type FailureNotes = {
  /** What would make it work; code stands between backticks. Never names an inside address. */
  readonly advice?: string
  readonly retryUrl?: string
  readonly headers?: Answer['headers']
}

export function failureAnswer(visit: Visit, code: ErrorCode, notes: FailureNotes = {}): Answer {
  const about = { status: statusOf(code), sentence: sentenceOf(code), requestId: visit.id }
  const { headers = [], ...help } = notes
  if (visit.asks === 'navigation')
    return withHeaders(pageAnswer(about.status, failurePage(code, about, help), 'formless'), headers)
  const { advice, retryUrl } = help
  return withHeaders(
    problemAnswer({ ...about, code }, { ...(advice && { detail: advice }), ...(retryUrl && { loginUrl: retryUrl }) }),
    headers,
  )
}

type About = { readonly status: number; readonly sentence: string; readonly requestId: string }

function failurePage(code: ErrorCode, about: About, { advice, retryUrl }: Omit<FailureNotes, 'headers'>): Html {
  if (code.startsWith('login-') && retryUrl) return loginProblemPage({ ...about, retryUrl })
  return errorPage({ ...about, ...(advice && { advice }), ...(retryUrl && { retryUrl }) })
}

/** Anything thrown that is not ours is our fault: 500, and the log has the rest. */
export function thrownAnswer(visit: Visit, error: unknown, notes: FailureNotes = {}): Answer {
  const code = error instanceof SallyportError ? error.code : 'internal'
  const seconds = error instanceof SallyportError ? error.retryAfterSeconds : undefined
  return failureAnswer(
    visit,
    code,
    seconds === undefined ? notes : { ...notes, headers: [['Retry-After', String(seconds)]] },
  )
}

/** A refusal at the front door. */
export function refusalAnswer(visit: Visit): Answer {
  if (visit.room.kind !== 'refused')
    throw new SallyportError('internal', 'a visit that was not refused was sent to be refused')
  const { code, found, problem, allow } = visit.room
  if (problem) return targetAnswer(visit, problem)
  // People first meet a gateway through an address that is not quite right, so they are told which part is not.
  if (code === 'host-unknown') return failureAnswer(visit, code, { advice: `The request came for ${found}.` })
  return failureAnswer(visit, code, allow ? { headers: [['Allow', allow.join(', ')]] } : {})
}

/** An ambiguous target is told the very opt-in that would let it pass. */
export function targetAnswer(visit: Visit, { kind, found, optIn }: TargetProblem): Answer {
  const what = `It has ${found}.`
  const advice = optIn
    ? `${what} If the application needs this, its route can let it pass: \`allowInPath: [${optIn}]\``
    : what
  return failureAnswer(visit, `target-${kind}`, { advice })
}
