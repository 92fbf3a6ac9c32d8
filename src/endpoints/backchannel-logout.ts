// `backchannel-logout`: a provider ends sessions here, from server to server (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8).
import { sentenceOf, statusOf } from '../core/errors.ts'
import { type Answer, problemAnswer } from '../http/answer.ts'
import { failureAnswer } from '../http/failure.ts'
import { issuerNamedIn, type LogoutReading, type LogoutRefusal } from '../oidc/logout-token.ts'
import { type Caller, type Endpoint, onlyParam, type Reception } from './reception.ts'

/**
 * No cookie plays a part, so no other site can borrow one: the signature says who speaks. Whoever is not known here any
 * more is signed out already, which is what was wanted (2.8).
 */
export const backchannelLogout: Endpoint = async (caller, reception) => {
  const form = await caller.form()
  if (!form.ok) return failureAnswer(caller.visit, form.code)
  const token = onlyParam(form.params, 'logout_token')
  const reading = await readToken(token, reception)
  if (!reading.ok) return refusal(caller, reception, reading)
  const { which, startedBefore, onceKey, onceMs } = reading.logout
  // First the deed, then the mark: when the store fails in between, the provider may send the same token again.
  const ended = await reception.sessions.endWhere(which, startedBefore)
  if (await reception.sessions.seenBefore(onceKey, onceMs))
    return refusal(caller, reception, { ok: false, check: 'jti', found: 'the token came before' })
  reception.log.info({ request: caller.visit.id, issuer: which.issuer, sessions: ended }, 'signed out by the provider')
  return done
}

const done: Answer = {
  status: 200,
  headers: [
    ['Cache-Control', 'no-store'],
    ['X-Content-Type-Options', 'nosniff'],
  ],
  body: '',
}

/** Several clients may be registered at one issuer; the token's audience tells which of them it is for. */
async function readToken(token: string | undefined, { providers, now }: Reception): Promise<LogoutReading> {
  if (token === undefined) return { ok: false, check: 'logout_token', found: 'logout_token did not come exactly once' }
  const issuer = issuerNamedIn(token)
  let reading: LogoutReading = { ok: false, check: 'iss', found: 'no provider of ours is named' }
  for (const provider of providers.values()) {
    if (provider.issuer !== issuer || !provider.mayEnd.byBackChannel) continue
    reading = await provider.readLogoutToken(token, now())
    if (reading.ok) return reading
  }
  return reading
}

/** The sender learns which check it was, and nothing else (2.8: `invalid_request`). */
function refusal({ visit }: Caller, { log }: Reception, { check, found }: LogoutRefusal): Answer {
  const code = 'request-malformed'
  visit.trail.failure = code
  log.warn({ request: visit.id, check, found }, 'logout token refused')
  const problem = { status: statusOf(code), code, sentence: sentenceOf(code), requestId: visit.id }
  return problemAnswer(problem, { error: 'invalid_request', detail: check })
}
