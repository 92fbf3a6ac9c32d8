// One exchange with one provider, at login or at a refresh: what its steps need, in one hand.
import type { Configuration } from 'openid-client'
import { type Claims, type Identity, identityFrom } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import type { ProviderConfig } from '../core/settings.ts'
import type { KeyRing } from './jwks.ts'
import type { Metadata } from './metadata.ts'

export type Exchange = {
  readonly settings: ProviderConfig
  readonly config: Configuration
  readonly metadata: Metadata
  readonly ring: KeyRing
  readonly log: Log
  /** Epoch milliseconds. */
  readonly now: number
}

/** Who these claims are about, by the provider's mapping. */
export const identityOf = (claims: Claims, { settings }: Exchange): Identity =>
  identityFrom(claims, {
    provider: settings.name,
    mapping: settings.claims,
    trustUnverifiedEmail: settings.dangerouslyTrustUnverifiedEmail,
  })
