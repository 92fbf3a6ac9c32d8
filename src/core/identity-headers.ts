// Identity headers: which names are ours to set, in whatever spelling, and what we write under them.
import type { Identity } from './identity.ts'
import type { HeaderRule } from './route.ts'
import { parseTemplate, renderTemplate, type Template } from './template.ts'

const presetTexts = {
  standard: {
    'X-Forwarded-User': '{identity.user}',
    'X-Forwarded-Email': '{identity.email}',
    'X-Forwarded-Groups': '{identity.groups}',
    'X-Forwarded-Preferred-Username': '{claims.preferred_username}',
  },
  none: {},
} as const

export type IdentityPreset = keyof typeof presetTexts

export const identityPresets = Object.keys(presetTexts) as IdentityPreset[]

export const presetRules = (preset: IdentityPreset): readonly HeaderRule[] =>
  Object.entries(presetTexts[preset]).map(([name, text]) => ({ name, value: parseTemplate(text) as Template }))

/** The header fields for an identity, in the order of the rules; a rule that renders to nothing writes nothing. */
export function identityFields(
  rules: readonly HeaderRule[],
  identity: Identity | undefined,
): ReadonlyArray<readonly [name: string, value: string]> {
  return rules.flatMap(({ name, value }) => {
    const text = renderTemplate(value, identity)
    return text === undefined ? [] : [[name, text] as const]
  })
}

/** One spelling for all that CGI-like backends fold together: case, `_`, `.`, space, stray separators, a leading `HTTP_`. */
export const foldName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[_.\s-]+/g, '-')
    .replace(/^-|-$/g, '')
    .replace(/^(?:http-)+/, '')

// Names under which this and other gateways tell a backend who the visitor is or where the request came from.
const managedNames = new Set([
  ...[
    'authorization-identity',
    'remote-user',
    'remote-addr',
    'client-cert',
    'client-cert-chain',
    'client-dn',
    'proxy',
    'forwarded',
    'via',
    'base-url',
    'destination-url',
  ],
  ...[
    'x-auth-user',
    'x-auth-username',
    'x-auth-email',
    'x-auth-groups',
    'x-auth-roles',
    'x-user',
    'x-user-id',
    'x-username',
    'x-email',
    'x-groups',
    'x-roles',
    'x-userinfo',
    'x-id-token',
    'x-access-token',
    'x-refresh-token',
    'x-request-id',
  ],
  ...[
    'x-real-ip',
    'true-client-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'client-ip',
    'x-originating-ip',
    'x-remote-ip',
    'fastly-client-ip',
  ],
  ...[
    'x-host',
    'x-backend-host',
    'x-url-scheme',
    'x-proxy-url',
    'x-request-uri',
    'front-end-https',
    'x-middleware-subrequest',
    'x-proxyuser-ip',
  ],
  ...[
    'x-http-method',
    'x-http-method-override',
    'x-method-override',
    'x-http-host-override',
    'x-skipper-proxy',
    'x-vouch-user',
  ],
])
const managedFamilies = [
  ...[
    'x-forwarded-',
    'x-auth-request-',
    'x-sallyport-',
    'remote-',
    'x-remote-',
    'impersonate-',
    'x-original-',
    'x-rewrite-',
    'x-override-',
    'x-envoy-',
    'proxy-',
  ],
  ...[
    'x-amzn-oidc-',
    'x-goog-iap-',
    'x-goog-authenticated-',
    'cf-access-',
    'cf-connecting-',
    'x-ms-client-principal',
    'x-ms-token-',
    'x-pomerium-',
  ],
  ...[
    'x-authentik-',
    'tailscale-user-',
    'x-webauth-',
    'x-token-',
    'oidc-',
    'x-consumer-',
    'x-credential-',
    'x-authenticated-',
    'x-jwt-',
    'teleport-jwt-',
  ],
  ...['x-client-cert', 'x-client-dn', 'x-ssl-', 'ssl-client-'],
]

/** Says of a client's header whether it is ours to set or to withhold; the answer holds for every spelling of the name. */
export type ManagedNames = { has(name: string): boolean }

/** `own` are the names that this configuration writes, beyond those that are always withheld. */
export function managedHeaders(own: Iterable<string>): ManagedNames {
  const ownFolded = new Set(Array.from(own, foldName))
  const known = new Map<string, boolean>()
  return {
    has(name) {
      const before = known.get(name)
      if (before !== undefined) return before
      const answer = isManaged(name, ownFolded)
      // Bounded: names come from clients.
      if (known.size < 2000) known.set(name, answer)
      return answer
    },
  }
}

function isManaged(name: string, own: ReadonlySet<string>): boolean {
  // A name with "_" or "." says what its hyphenated twin says to CGI-like backends, and nobody else needs it.
  if (/[_.]/.test(name)) return true
  const folded = foldName(name)
  return own.has(folded) || managedNames.has(folded) || managedFamilies.some(family => folded.startsWith(family))
}
