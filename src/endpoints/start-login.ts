// Step 1: a login begins. Its transaction goes into a cookie of its own, the browser to the provider.
import type { SafeReturnTo } from '../core/return-to.ts'
import { type Answer, redirectAnswer, withCookies } from '../http/answer.ts'
import type { Provider } from '../oidc/provider.ts'
import { type Caller, type Reception, redirectUriOf } from './reception.ts'

export type LoginWish = {
  readonly provider: Provider
  readonly returnTo: SafeReturnTo
  readonly attempt: number
  readonly loginHint?: string
}

export async function startLogin(
  { visit, address }: Caller,
  reception: Reception,
  { provider, ...wish }: LoginWish,
): Promise<Answer> {
  const { sessions, metrics } = reception
  const now = reception.now()
  const redirectUri = redirectUriOf(provider.name, address, reception)
  const { url, pending } = await provider.begin({ redirectUri, ...wish, now })
  metrics.login(provider.name, 'started')
  return withCookies(redirectAnswer(url.href, 302), sessions.remember(pending, visit.cookies, address.host, now))
}
