// A decision that is not "forward" becomes an answer, by who asks: a page or a redirect for people, problem details for programs.
import type { Decision } from '../core/decide.ts'
import { sentenceOf } from '../core/errors.ts'
import { MOST_RETURN_CHARACTERS } from '../core/return-to.ts'
import { type Answer, pageAnswer, problemAnswer, redirectAnswer, withCookies } from '../http/answer.ts'
import { failureAnswer } from '../http/failure.ts'
import { tooManyAnswer } from '../http/too-many.ts'
import type { Address, Visit } from '../http/visit.ts'
import { forbiddenPage } from '../pages/forbidden-page.ts'
import { whyNoSession } from '../pages/session-ended.ts'
import type { Admission } from './admit.ts'

export type Refusing = { readonly visit: Visit; readonly address: Address; readonly ownPrefix: string }

export function refuse({ decision, setCookies }: Admission, about: Refusing): Answer {
  switch (decision.kind) {
    case 'login':
      return loginAnswer(decision, setCookies, about)
    case 'forbid':
      return withCookies(forbiddenAnswer(decision, about), setCookies)
    case 'limit':
      return withCookies(tooManyAnswer(about.visit, decision), setCookies)
    default:
      throw new Error(`a visit that may pass ("${decision.kind}") was sent to be refused`)
  }
}

/** Only a person going to a page is sent to log in; a 401 carries no cookies, so background requests cannot disturb a login in another tab. */
function loginAnswer(
  { reason }: Extract<Decision, { kind: 'login' }>,
  setCookies: readonly string[],
  { visit, address, ownPrefix }: Refusing,
): Answer {
  const loginUrl = `${ownPrefix}/login?return_to=${encodeURIComponent(placeToReturn(address))}`
  if (visit.asks === 'data') {
    return problemAnswer(
      { status: 401, code: 'unauthenticated', sentence: sentenceOf('unauthenticated'), requestId: visit.id },
      { detail: whyNoSession[reason], reason, loginUrl: `${address.origin}${loginUrl}` },
    )
  }
  if (visit.method === 'GET' || visit.method === 'HEAD') return withCookies(redirectAnswer(loginUrl, 302), setCookies)
  // A form posted after the session ended: its body cannot be kept, and a silent GET would hide the loss.
  return failureAnswer(visit, 'unauthenticated', {
    advice: `${whyNoSession[reason]} This form came too late, so nothing was saved. Sign in, go back and send it again.`,
    retryUrl: `${ownPrefix}/login`,
  })
}

/** An address too long to carry through a login is cut to its path. */
const placeToReturn = ({ target }: Address): string =>
  target.raw.length > MOST_RETURN_CHARACTERS ? target.path : target.raw

const forbiddenSentences = {
  denied: 'You have been excluded from this application.',
  'not-allowed': 'This application is not open to you.',
} as const

function forbiddenAnswer(
  { reason, session }: Extract<Decision, { kind: 'forbid' }>,
  { visit, ownPrefix }: Refusing,
): Answer {
  const sentence = forbiddenSentences[reason]
  if (visit.asks === 'data')
    return problemAnswer({ status: 403, code: 'forbidden', sentence, requestId: visit.id }, { reason })
  return pageAnswer(
    403,
    forbiddenPage({
      sentence,
      reason,
      user: session.identity.user,
      requestId: visit.id,
      signOutAction: `${ownPrefix}/logout`,
    }),
    'form',
  )
}
