// Token revocation (RFC 7009): the tokens of a session that signed out go with it. Nobody waits for this, and no logout fails by it.
import { tokenRevocation } from 'openid-client'
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Tokens } from '../core/session.ts'
import type { ProviderConfig } from '../core/settings.ts'
import type { Discovery } from './discovery.ts'
import { providerFailure } from './errors.ts'

export type RevocationParts = {
  readonly settings: Pick<ProviderConfig, 'name' | 'logout'>
  readonly discovery: Discovery
  readonly log: Log
}

export async function revokeTokens(tokens: Tokens, { settings, discovery, log }: RevocationParts): Promise<void> {
  const wish = revocationOf(tokens)
  if (!settings.logout.revokeTokens || !wish) return
  const found = await discovery.find(Date.now())
  if (found?.metadata.revocation_endpoint === undefined) return
  const facts = { provider: settings.name, hint: wish.hint }
  try {
    await tokenRevocation(found.config, wish.token, { token_type_hint: wish.hint })
    log.debug(facts, 'tokens revoked')
  } catch (cause) {
    log.warn({ ...facts, problem: describe(providerFailure('the token revocation', cause)) }, 'tokens not revoked')
  }
}

/** The refresh token takes the access tokens of its grant along (2.1); each goes under its own hint. */
function revocationOf({ refreshToken, accessToken }: Tokens) {
  if (refreshToken !== undefined) return { token: refreshToken, hint: 'refresh_token' } as const
  return accessToken === undefined ? undefined : ({ token: accessToken, hint: 'access_token' } as const)
}
