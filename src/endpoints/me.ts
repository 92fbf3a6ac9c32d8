// `me`: for single-page applications, who is signed in and until when. No tokens, ever.
import { sentenceOf } from '../core/errors.ts'
import { sessionExpiry } from '../core/session.ts'
import { jsonAnswer, problemAnswer, withCookies } from '../http/answer.ts'
import type { Endpoint } from './reception.ts'

export const me: Endpoint = async ({ visit, address }, { sessions, session: limits, prefix, now }) => {
  const { finding, setCookies } = await sessions.find(visit.cookies, address.host, now())
  if (finding.kind !== 'found') {
    const problem = {
      status: 401,
      code: 'unauthenticated',
      sentence: sentenceOf('unauthenticated'),
      requestId: visit.id,
    }
    return problemAnswer(problem, { loginUrl: `${address.origin}${prefix}/login` })
  }
  const { session } = finding
  visit.trail.session = session
  const { subject, issuer, provider, user, email, name, groups } = session.identity
  const expiresAt = new Date(sessionExpiry(session, limits)).toISOString()
  const endsAt = new Date(session.startedAt + limits.absoluteMs).toISOString()
  return withCookies(
    jsonAnswer(200, {
      user,
      email,
      name,
      groups,
      subject,
      issuer,
      provider,
      session: { id: session.id, expiresAt, endsAt },
    }),
    setCookies,
  )
}
