// The routes: each says who may pass, none hides another, and none reaches into the paths of the gateway itself.
import { duplicateNames } from './checks-providers.ts'
import type { ConfigDraft, RouteDraft } from './draft.ts'
import { isAtOrBelow } from './paths.ts'
import type { Complaint, Path, Refusal } from './problems.ts'

export const routeChecks = (draft: ConfigDraft): readonly Complaint[] => [
  ...duplicateNames('routes', draft.routes),
  ...sameRequests(draft),
  ...draft.routes.flatMap((route, index) => complaintsOf(route, index, draft)),
]

type Finding = Refusal & { readonly key: Path }

function complaintsOf(route: RouteDraft, index: number, { server, session, routeKeys }: ConfigDraft): Complaint[] {
  const keys = routeKeys[index] ?? new Set()
  const findings = [
    ...whoMayPass(route, keys),
    ...hostTwice(keys),
    ...belowOwnPrefix(route, server.prefix),
    ...foreignStrip(route),
    ...looseLimits(route, session),
    ...tlsWithoutTls(route),
  ]
  return findings.map(({ key, ...refusal }) => ({ path: ['routes', index, ...key], ...refusal }))
}

/** Nothing that is left out, empty or false ever means "everybody". */
function whoMayPass(route: RouteDraft, keys: ReadonlySet<string>): Finding[] {
  const policy = ['allow', 'deny'].filter(key => keys.has(key))
  if (route.public && policy.length > 0) {
    const found = `"public: true" stands beside "${policy.join('" and "')}"`
    return [{ key: ['public'], refused: '', found, wanted: 'keep one of them: a public route lets everybody pass' }]
  }
  if (route.public !== false || keys.has('allow')) return []
  const wanted = 'write "allow: [{ authenticated: true }]" for everybody who is signed in, or "public: true"'
  return [{ key: [], refused: '', found: 'the route does not say who may pass', wanted }]
}

function hostTwice(keys: ReadonlySet<string>): Finding[] {
  if (!keys.has('host') || !keys.has('hosts')) return []
  return [{ key: ['host'], refused: '', found: '"host" stands beside "hosts"', wanted: 'keep one of them' }]
}

function belowOwnPrefix({ path }: RouteDraft, prefix: string | undefined): Finding[] {
  if (!path || !prefix || !isAtOrBelow(path.toLowerCase(), prefix)) return []
  const wanted = 'choose another path, or change server.prefix'
  return [{ key: ['path'], refused: 'belongs to the gateway itself', wanted }]
}

function foreignStrip({ path, rewrite }: RouteDraft): Finding[] {
  if (!path || !rewrite?.stripPrefix || isAtOrBelow(path, rewrite.stripPrefix)) return []
  const wanted = 'write the path of the route, or a parent of it'
  return [
    {
      key: ['rewrite', 'stripPrefix'],
      refused: 'is not in front of every path of this route',
      wanted,
    },
  ]
}

/** A session is never kept beyond its own limits, so a route cannot widen them. */
function looseLimits(route: RouteDraft, session: ConfigDraft['session']): Finding[] {
  const named = (['idle', 'absolute'] as const).filter(key => route.session?.[key] !== undefined)
  if (route.public && named.length > 0) {
    const found = 'a public route asks for no session'
    return [{ key: ['session'], refused: '', found, wanted: 'remove it, or "public: true"' }]
  }
  return named
    .filter(key => (route.session?.[key] ?? 0) > (session[key] ?? Number.POSITIVE_INFINITY))
    .map(key => ({
      key: ['session', key],
      refused: `is longer than session.${key}, which ends the session anyway`,
      wanted: 'write a shorter limit, or leave it out',
    }))
}

function tlsWithoutTls({ upstream }: RouteDraft): Finding[] {
  if (!upstream || !('url' in upstream)) return []
  const { url, cert, key, ca, serverName, dangerouslySkipVerification: skip } = upstream
  const named = Object.entries({ ca, cert, key, serverName, dangerouslySkipVerification: skip || undefined })
  const first = named.find(([, value]) => value !== undefined)?.[0]
  if (first && url.scheme === 'http')
    return [
      {
        key: ['upstream', first],
        refused: '',
        found: 'it is a TLS setting, and the upstream is not https',
        wanted: 'write https://…, or remove it',
      },
    ]
  if (Boolean(cert) === Boolean(key)) return []
  return [
    {
      key: ['upstream'],
      refused: '',
      found: `"${cert ? 'cert' : 'key'}" stands alone`,
      wanted: 'write both "cert" and "key"',
    },
  ]
}

/** Host, path and form of path → the methods that are spoken for; `*` is every method. */
function sameRequests({ routes, routeKeys, server }: ConfigDraft): Complaint[] {
  const taken = new Map<string, Set<string>>()
  return routes.flatMap(({ host, hosts, path, exact, methods }, index) => {
    const wasRefused = (key: string, value: unknown) => value === undefined && routeKeys[index]?.has(key)
    if (path === undefined || exact === undefined || wasRefused('methods', methods)) return []
    if (wasRefused('host', host) || wasRefused('hosts', hosts)) return []
    const names = new Set(hosts ?? [host ?? server.publicUrl?.host ?? ''])
    const places = Array.from(names, name => `${name} ${exact} ${exact ? path : path.replace(/\/$/, '')}`)
    const wanted = 'make host, path or methods differ'
    const clash = places.filter(place => !claim(taken, place, methods)).length > 0
    return clash
      ? [{ path: ['routes', index], refused: '', found: 'another route has the same host, path and methods', wanted }]
      : []
  })
}

function claim(taken: Map<string, Set<string>>, place: string, methods: readonly string[] | undefined): boolean {
  const here = taken.get(place) ?? new Set()
  taken.set(place, here)
  // Whoever may GET may HEAD.
  const wanted = new Set(methods ? [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])] : ['*'])
  const isFree = ![...wanted].some(method => here.has(method))
  for (const method of wanted) here.add(method)
  return isFree
}
