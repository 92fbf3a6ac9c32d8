// Client authentication at the token endpoint: exactly the method that the configuration names.
import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None } from 'openid-client'
import type { ProviderConfig } from '../core/settings.ts'

/** RFC 6749 2.3.1: Basic carries id and secret form-encoded; openid-client does so. Its own default would be post. */
export function clientAuth(settings: ProviderConfig['clientAuth']): ClientAuth {
  switch (settings.method) {
    case 'client_secret_basic':
      return ClientSecretBasic(settings.secret.reveal())
    case 'client_secret_post':
      return ClientSecretPost(settings.secret.reveal())
    case 'none':
      return None()
    default:
      throw settings satisfies never
  }
}
