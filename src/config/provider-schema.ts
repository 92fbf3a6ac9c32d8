// The schema of one provider: an OpenID Connect identity provider that we are a client of.
import { z } from 'zod'
import { Secret } from '../core/secret.ts'
import { readIssuer } from './addresses.ts'
import { duration, flag, leaf, name, plainText, someOf } from './leaf.ts'
import type { Refusal } from './problems.ts'
import { certificates } from './route-schema.ts'

const idTokenAlgs = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

function readAlg(text: string): (typeof idTokenAlgs)[number] | Refusal {
  const wanted = `write some of ${idTokenAlgs.join(', ')}`
  if (text.toLowerCase() === 'none') return { refused: 'means that tokens are not signed at all', wanted }
  if (/^HS\d/i.test(text)) return { refused: 'signs with the client secret, which is no proof of the provider', wanted }
  return idTokenAlgs.find(alg => alg === text) ?? { refused: 'is not a signature algorithm known here', wanted }
}

/** RFC 6749 3.3 */
const readScope = (text: string): string | Refusal =>
  /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
    ? text
    : { refused: 'is not a scope', wanted: 'write one scope per list item' }

// Each of these is ours to send: a fixed value would take the protection out of the protocol.
const protocolParams = new Set([
  ...['client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'redirect_uri', 'response_type'],
  ...['response_mode', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method', 'request', 'request_uri'],
])

const readParam = (text: string): string | Refusal =>
  protocolParams.has(text)
    ? { refused: 'is a parameter of the protocol itself', wanted: 'leave it out' }
    : /^[\x21-\x7e]+$/.test(text)
      ? text
      : { refused: 'is not a parameter name', wanted: 'write a name such as prompt' }

const readClientSecret = (text: string): Secret | Refusal =>
  text === '' || text !== text.trim()
    ? { refused: 'is empty or has white space around it', wanted: `write "\${env:NAME}" or "\${file:/path}"` }
    : new Secret(text)

const claims = z.strictObject({
  user: plainText.describe('The user name; the subject where the claim is missing.').prefault('preferred_username'),
  email: plainText.describe('The e-mail address.').prefault('email'),
  groups: plainText.describe('The list of groups.').prefault('groups'),
  name: plainText.describe('The name as people write it.').prefault('name'),
})

export const provider = z.strictObject({
  name: name.describe(
    'Unique; it appears in logs, in `{identity.provider}` and, from the second provider on, in the redirect URI.',
  ),
  issuer: leaf('issuer URL', 'https://login.example.com/realms/corp', readIssuer).describe(
    'Exactly as in the metadata of the provider, a slash at the end included.',
  ),
  clientId: plainText.describe('As registered at the provider.'),
  clientSecret: leaf('secret', `\${env:OIDC_CLIENT_SECRET}`, readClientSecret)
    .describe('As registered at the provider.')
    .optional(),
  clientAuth: z
    .strictObject({
      method: z
        .enum(['client_secret_basic', 'client_secret_post', 'none'])
        .describe(
          'How we prove to be the client. Without it: with a `clientSecret` basic, or post where the provider offers only that; else `none`.',
        ),
    })
    .describe('Client authentication.')
    .optional(),
  scopes: someOf(leaf('scope', 'groups', readScope))
    .describe('What to ask for; `openid` is a must.')
    .prefault(['openid', 'profile', 'email']),
  claims: claims.describe('Which claim becomes what, as dotted paths.').prefault({}),
  userinfo: z
    .enum(['auto', 'always', 'never'])
    .describe(
      'Whether to ask the userinfo endpoint; `auto`: when a claim is missing that `claims`, a policy or a header names. It adds what the ID token lacks, and changes nothing that stands there. An endpoint in trouble then fails the login for the moment; one that does not serve our access token (401, 403, 404, 405) is a warning, and the ID token alone counts.',
    )
    .prefault('auto'),
  responseMode: z
    .enum(['query', 'form_post'])
    .describe(
      'How the provider sends the answer to a login: in the address, or as a form that the browser posts (`https` only). With a form the code is in no history and no log.',
    )
    .prefault('query'),
  authorizationParams: z
    .record(leaf('parameter', 'prompt', readParam), plainText)
    .describe(
      'Further parameters of the authorization request. With `max_age` the ID token must say `auth_time`, and not too long ago.',
    )
    .prefault({}),
  idTokenAlgs: someOf(leaf('algorithm', 'RS256', readAlg))
    .describe('Accepted signatures of ID tokens.')
    .prefault([...idTokenAlgs]),
  logout: z
    .strictObject({
      rpInitiated: z
        .enum(['auto', 'never'])
        .describe('`auto`: sign out at the provider too, where it offers that.')
        .prefault('auto'),
      backChannel: flag(true).describe(
        'Let the provider end sessions here with a logout token (`backchannel-logout`).',
      ),
      frontChannel: flag(true).describe(
        'Let the provider end a session here from a frame in the browser (`frontchannel-logout`).',
      ),
      revokeTokens: flag(true).describe(
        'Let the provider revoke the tokens of a session that signs out, where it offers that.',
      ),
    })
    .describe('What a logout reaches.')
    .prefault({}),
  ca: certificates.describe("Certificate authorities to trust beside Node's.").optional(),
  timeout: duration(1, 300_000).describe('For each request to the provider.').prefault('5s'),
  clockSkew: duration(0, 600_000).describe("By how much the provider's clock may differ.").prefault('30s'),
  dangerouslyAllowHttpProvider: flag(false).describe(
    'Talk to the provider over plain http: whoever sits in between can sign in as anybody.',
  ),
  dangerouslyTrustUnverifiedEmail: flag(false).describe(
    'Take e-mail addresses without `email_verified: true`: where people can type in any address, they get its rights.',
  ),
})
