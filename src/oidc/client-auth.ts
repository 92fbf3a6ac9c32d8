// Client authentication at the token endpoint: the method that the configuration names, else the one that the provider offers.
import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None } from 'openid-client'
import type { ProviderConfig } from '../core/settings.ts'

/** RFC 6749 2.3.1: Basic carries id and secret form-encoded; openid-client does so. Its own default would be post. */
export function clientAuth(settings: ProviderConfig['clientAuth']): ClientAuth {
  switch (settings.method) {
    case 'client_secret':
      return basicOrPost(settings.secret.reveal())
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

/** Basic is what every provider must know (RFC 6749 2.3.1) and what silence means (OpenID Connect Discovery 3); some offer post alone. */
function basicOrPost(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (metadata, ...request) => {
    const offered = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const method = !offered.includes('client_secret_basic') && offered.includes('client_secret_post') ? post : basic
    method(metadata, ...request)
  }
}
