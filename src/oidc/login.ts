// One login at one provider: what its steps need, in one hand.
import type { Configuration } from 'openid-client'
import type { Log } from '../core/log.ts'
import type { PendingLogin } from '../core/pending-login.ts'
import type { ProviderConfig } from '../core/settings.ts'
import type { KeyRing } from './jwks.ts'
import type { Metadata } from './metadata.ts'

export type Login = {
  readonly settings: ProviderConfig
  readonly config: Configuration
  readonly metadata: Metadata
  readonly ring: KeyRing
  readonly log: Log
  readonly pending: PendingLogin
  readonly now: number
}
