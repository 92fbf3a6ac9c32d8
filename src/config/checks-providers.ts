// The providers: told apart by name, reached over TLS, asked for an ID token, and authenticated to in one way.
import { isLoopback } from '../core/near-host.ts'
import type { ConfigDraft, ProviderDraft } from './draft.ts'
import type { Complaint, Path, Refusal } from './problems.ts'

export const providerChecks = ({ providers }: ConfigDraft): readonly Complaint[] => [
  ...duplicateNames('providers', providers),
  ...providers.flatMap((provider, index) =>
    perProvider
      .flatMap(check => check(provider))
      .map(({ key, ...refusal }) => ({ path: ['providers', index, ...key], ...refusal })),
  ),
]

type Finding = Refusal & { readonly key: Path }

const perProvider: ReadonlyArray<(provider: ProviderDraft) => Finding[]> = [
  plainHttp,
  missingOpenid,
  secretWithoutUse,
  oddMaxAge,
]

function plainHttp({ issuer, dangerouslyAllowHttpProvider }: ProviderDraft): Finding[] {
  if (!issuer?.startsWith('http:') || dangerouslyAllowHttpProvider) return []
  if (isLoopback(URL.parse(issuer)?.hostname ?? '')) return []
  const wanted = 'write https://…, or set dangerouslyAllowHttpProvider: true'
  return [{ key: ['issuer'], refused: 'is plain http, so anybody in between can sign in as anybody', wanted }]
}

function missingOpenid({ scopes }: ProviderDraft): Finding[] {
  if (!scopes || scopes.includes('openid')) return []
  return [
    {
      key: ['scopes'],
      refused: '',
      found: 'the scope "openid" is missing',
      wanted: 'add it: without it there is no ID token',
    },
  ]
}

function secretWithoutUse({ clientSecret, clientAuth }: ProviderDraft): Finding[] {
  if (!clientAuth) return []
  const needsSecret = clientAuth.method !== 'none'
  if (needsSecret === Boolean(clientSecret)) return []
  const wanted = needsSecret
    ? 'add the clientSecret, or write none'
    : 'remove the clientSecret, or write client_secret_basic'
  return [
    {
      key: ['clientAuth', 'method'],
      refused: needsSecret ? 'needs a clientSecret' : 'leaves the clientSecret without use',
      wanted,
    },
  ]
}

/** The answer is compared with it, so it has to be a number for us too. */
function oddMaxAge({ authorizationParams }: ProviderDraft): Finding[] {
  const seconds = authorizationParams?.max_age
  if (seconds === undefined || /^(?:0|[1-9]\d{0,8})$/.test(seconds)) return []
  const wanted = 'write whole seconds in quotes, such as "3600"'
  return [{ key: ['authorizationParams', 'max_age'], refused: 'is not a number of seconds', wanted }]
}

type Named = { readonly name: string | undefined }

export function duplicateNames(section: string, items: readonly Named[]): readonly Complaint[] {
  const seen = new Set<string>()
  return items.flatMap(({ name }, index) => {
    if (name === undefined) return []
    const isNew = !seen.has(name)
    seen.add(name)
    return isNew ? [] : [{ path: [section, index, 'name'], refused: 'is taken already', wanted: 'choose another name' }]
  })
}
