// The one matcher: host + path + method → the route whose policy applies and whose upstream is asked.
import { allowsMethod } from './policy.ts'
import { otherReadings } from './readings.ts'
import type { Route } from './route.ts'
import type { Target, TargetProblem } from './target.ts'

/** The room that a request asked for. */
export type Place =
  /** Under our own prefix; `path` is what follows it. */
  | { readonly kind: 'own'; readonly path: string }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'nowhere' }
  /** There are routes here, but none for this method. */
  | { readonly kind: 'wrong-method'; readonly methods: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly problem: TargetProblem }

export type RouteTable = {
  /** `host` is canonical. Undefined when this gateway does not serve the host at all. */
  match(host: string, method: string, target: Target): Place | undefined
}

/** Paths of one host: exact routes and prefix routes apart, several by method under one path. */
type HostRoutes = { readonly exact: Map<string, Route[]>; readonly prefix: Map<string, Route[]> }

/** `ownPrefix` is never matched to a route, on any host. */
export function routeTable(routes: readonly Route[], ownPrefix: string): RouteTable {
  const hosts = new Map<string, HostRoutes>()
  for (const route of routes) for (const host of route.hosts) add(hosts, host, route)
  return {
    match(host, method, target) {
      const here = findHost(hosts, host)
      return here && placeOf(here, method, target, ownPrefix)
    },
  }
}

function add(hosts: Map<string, HostRoutes>, host: string, route: Route): void {
  const here = hosts.get(host) ?? { exact: new Map<string, Route[]>(), prefix: new Map<string, Route[]>() }
  hosts.set(host, here)
  const paths = route.exact ? here.exact : here.prefix
  const key = route.exact ? route.path : withoutEndSlash(route.path)
  // A route with methods is more specific than its sibling without.
  paths.set(
    key,
    [...(paths.get(key) ?? []), route].sort((a, b) => Number(!a.methods) - Number(!b.methods)),
  )
}

/** The exact name, else the longest wildcard above it. */
function findHost(hosts: ReadonlyMap<string, HostRoutes>, host: string): HostRoutes | undefined {
  const exact = hosts.get(host)
  if (exact) return exact
  for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
    const wildcard = hosts.get(`*${host.slice(dot)}`)
    if (wildcard) return wildcard
  }
  return undefined
}

function placeOf(here: HostRoutes, method: string, target: Target, ownPrefix: string): Place {
  const place = find(here, method, target.canonical, ownPrefix)
  const problem = formsProblem(place, target) ?? readingsProblem(here, method, target, ownPrefix, place)
  return problem ? { kind: 'ambiguous', problem } : place
}

function find(here: HostRoutes, method: string, path: string, ownPrefix: string): Place {
  if (path === ownPrefix || path.startsWith(`${ownPrefix}/`)) return { kind: 'own', path: path.slice(ownPrefix.length) }
  const candidates = here.exact.get(path) ?? longestPrefix(here.prefix, path)
  if (!candidates) return { kind: 'nowhere' }
  const route = candidates.find(({ methods }) => !methods || allowsMethod(methods, method))
  return route
    ? { kind: 'route', route }
    : { kind: 'wrong-method', methods: candidates.flatMap(({ methods }) => methods ?? []) }
}

/** Prefixes end at a segment boundary: `/pub` is not a prefix of `/public`. */
function longestPrefix(prefixes: ReadonlyMap<string, Route[]>, path: string): Route[] | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const found = prefixes.get(withoutEndSlash(path.slice(0, end)))
    if (found) return found
  }
  return prefixes.get('')
}

const withoutEndSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path)

/** Ambiguous forms pass only where the route opts in; outside routes they never do. */
function formsProblem(place: Place, target: Target): TargetProblem | undefined {
  for (const form of target.forms) {
    if (place.kind === 'route' && place.route.allowInPath.has(form)) continue
    return { kind: 'ambiguous', found: foundWords[form], optIn: form }
  }
  return undefined
}

const foundWords = {
  encodedSlash: 'an escaped slash or backslash ("%2F", "%5C")',
  encodedReserved: 'an escaped "#", "?" or ";" ("%23", "%3F", "%3B")',
  semicolon: 'a ";"',
  emptySegment: 'an empty segment ("//")',
} as const

/** What passes must select the same rule however a backend reads it. */
function readingsProblem(
  here: HostRoutes,
  method: string,
  target: Target,
  ownPrefix: string,
  place: Place,
): TargetProblem | undefined {
  const readings = otherReadings(target.canonical)
  if (!readings) return { kind: 'ambiguous', found: 'more ways to read the path than can be followed' }
  for (const reading of readings) {
    if (sameRoom(place, find(here, method, reading, ownPrefix))) continue
    if (isOtherCase(target.canonical, reading) && place.kind === 'route' && place.route.allowInPath.has('otherCase'))
      continue
    return {
      kind: 'ambiguous',
      found: 'a path that another reader would take for one of another route',
      ...(isOtherCase(target.canonical, reading) && { optIn: 'otherCase' as const }),
    }
  }
  return undefined
}

const isOtherCase = (path: string, reading: string): boolean => path.toLowerCase() === reading

function sameRoom(a: Place, b: Place): boolean {
  if (a.kind === 'route' && b.kind === 'route') return a.route === b.route
  return a.kind === b.kind
}
