// Step 1: a login begins. Its transaction goes into a cookie of its own, the browser to the provider.
import { addressLimit } from '../access/how-often.ts'
import { hidesSession, type PendingLogin } from '../core/pending-login.ts'
import type { SafeReturnTo } from '../core/return-to.ts'
import { type Answer, redirectAnswer, withCookies } from '../http/answer.ts'
import { tooManyAnswer } from '../http/too-many.ts'
import type { Provider } from '../oidc/provider.ts'
import { type Caller, type Reception, redirectUriOf } from './reception.ts'

export type LoginWish = {
  readonly provider: Provider
  readonly returnTo: SafeReturnTo
  readonly attempt: number
  readonly loginHint?: string
  /** The session that an earlier round of this login has to replace. */
  readonly replaces?: string
}

export async function startLogin(
  caller: Caller,
  reception: Reception,
  { provider, replaces: known, ...wish }: LoginWish,
): Promise<Answer> {
  const { visit, address } = caller
  const { sessions, metrics } = reception
  const coming = { what: 'login', address: visit.client.address, rate: reception.rateLimits.login.perAddress }
  const limit = await addressLimit(sessions, coming)
  if (limit) return tooManyAnswer(visit, limit)
  const now = reception.now()
  const redirectUri = redirectUriOf(provider.name, address, reception)
  const { url, pending } = await provider.begin({ redirectUri, ...wish, now })
  const replaces = known ?? (await sessionUnseenLater(pending, caller, reception))
  metrics.login(provider.name, 'started')
  const kept = replaces === undefined ? pending : { ...pending, replaces }
  return withCookies(redirectAnswer(url.href, 302), sessions.remember(kept, visit.cookies, address.host, now))
}

/** A login ends the session that the browser had before; one that the callback will not see has to be remembered now. */
async function sessionUnseenLater(
  pending: PendingLogin,
  { visit, address }: Caller,
  { sessions, session, now }: Reception,
): Promise<string | undefined> {
  if (!hidesSession(pending, session.cookie.sameSite)) return undefined
  const { finding } = await sessions.find(visit.cookies, address.host, now(), { slide: false })
  return finding.kind === 'found' ? finding.session.id : undefined
}
