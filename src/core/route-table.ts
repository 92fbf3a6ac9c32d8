// The one matcher: host + path + method → the route whose policy applies and whose upstream is asked.
import { allowsMethod } from './policy.ts'
import {
  decodeEscapes,
  decodeSlashes,
  foldCase,
  foldForms,
  foldWords,
  type Reader,
  readers,
  wholeReaders,
} from './readers.ts'
import { readingsOf } from './readings.ts'
import { type Room, type RoomIndex, roomIndex, type Spelling } from './room-index.ts'
import type { Route } from './route.ts'
import { canonicalPath, type OptIn, type Target, type TargetProblem } from './target.ts'

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
  /** Whether this canonical host has routes here. */
  serves(host: string): boolean
  /** Undefined when this gateway does not serve the host at all. */
  match(host: string, method: string, target: Target): Place | undefined
}

/** The rooms of one host: as written, as backends read them, and as those read them that tell letter case apart. */
type HostRooms = { readonly written: RoomIndex; readonly read: RoomIndex; readonly readInCase: RoomIndex }

const asWritten: Spelling = { ofRoom: path => path, ofPath: path => path, endSlashMatters: true }
const asRead = readBy(foldCase)
const asReadInCase = readBy(foldForms)

/** Readings have had their escapes decoded, all but those of slashes. */
function readBy(fold: Reader): Spelling {
  const ofPath = (path: string) => foldWords(fold(decodeSlashes(path)))
  return { ofRoom: path => ofPath(decodeEscapes(path)), ofPath, endSlashMatters: false }
}

/** `ownPrefix` is never matched to a route, on any host. */
export function routeTable(routes: readonly Route[], ownPrefix: string): RouteTable {
  const own: Room = { path: ownPrefix, exact: false, routes: [] }
  const hosts = new Map<string, HostRooms>()
  for (const [host, rooms] of roomsByHost(routes))
    hosts.set(host, {
      written: roomIndex(own, rooms, asWritten),
      read: roomIndex(own, rooms, asRead),
      readInCase: roomIndex(own, rooms, asReadInCase),
    })
  return {
    serves: host => findHost(hosts, host) !== undefined,
    match(host, method, target) {
      const here = findHost(hosts, host)
      if (!here) return undefined
      const [room] = here.written.find(target.canonical)
      const place = room === own ? ownPlace(ownPrefix, target) : placeIn(room, method)
      const problem = readingsProblem(here, room, place, target) ?? formsProblem(place, target)
      return problem ? { kind: 'ambiguous', problem } : place
    },
  }
}

function roomsByHost(routes: readonly Route[]): ReadonlyMap<string, readonly Room[]> {
  const hosts = new Map<string, Map<string, Room>>()
  for (const route of routes)
    for (const host of route.hosts) {
      const rooms = hosts.get(host) ?? new Map<string, Room>()
      hosts.set(host, rooms)
      enter(rooms, route)
    }
  return new Map(Array.from(hosts, ([host, rooms]) => [host, [...rooms.values()]]))
}

function enter(rooms: Map<string, Room>, route: Route): void {
  const { exact } = route
  const path = exact ? canonicalPath(route.path) : canonicalPath(route.path).replace(/\/$/, '')
  const key = `${exact} ${path}`
  // A route with methods is more specific than its sibling without.
  const routes = [...(rooms.get(key)?.routes ?? []), route].sort((a, b) => Number(!a.methods) - Number(!b.methods))
  rooms.set(key, { path, exact, routes })
}

/** The exact name, else the longest wildcard above it. */
function findHost(hosts: ReadonlyMap<string, HostRooms>, host: string): HostRooms | undefined {
  const exact = hosts.get(host)
  if (exact) return exact
  for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
    const wildcard = hosts.get(`*${host.slice(dot)}`)
    if (wildcard) return wildcard
  }
  return undefined
}

const ownPlace = (ownPrefix: string, { canonical }: Target): Place => ({
  kind: 'own',
  path: canonical.slice(ownPrefix.length),
})

function placeIn(room: Room | undefined, method: string): Place {
  if (!room) return { kind: 'nowhere' }
  const route = room.routes.find(({ methods }) => !methods || allowsMethod(methods, method))
  if (route) return { kind: 'route', route }
  return { kind: 'wrong-method', methods: room.routes.flatMap(({ methods }) => methods ?? []) }
}

const optsInto = (place: Place, form: OptIn): boolean => place.kind === 'route' && place.route.allowInPath.has(form)

/** What passes must lead to the same room however a backend reads it. */
function readingsProblem(
  here: HostRooms,
  room: Room | undefined,
  place: Place,
  target: Target,
): TargetProblem | undefined {
  const readings = readingsOf(target.canonical, keepsCharacters(room) ? wholeReaders : readers)
  if (!readings.ok) return { kind: 'ambiguous', found: readings.found }
  const allLeadThere = (index: RoomIndex) => readings.paths.every(path => leadsTo(room, index.find(path)))
  const inCase = optsInto(place, 'otherCase')
  if (allLeadThere(inCase ? here.readInCase : here.read)) return undefined
  const found = 'a path that another reader would take for one of another route'
  // Named only where it would help: the readings part by nothing but letter case.
  const onlyCase = place.kind === 'route' && !inCase && allLeadThere(here.readInCase)
  return { kind: 'ambiguous', found, ...(onlyCase && { optIn: 'otherCase' }) }
}

/** A backend with a path beyond U+00FF, as these lead bytes of UTF-8 show, is not one that cuts characters to bytes. */
const keepsCharacters = (room: Room | undefined): boolean => /%(?:C[4-9A-F]|[DEF])/.test(room?.path ?? '')

const leadsTo = (room: Room | undefined, rooms: readonly Room[]): boolean => rooms.length < 2 && rooms[0] === room

/** Ambiguous forms pass only where the route opts in; outside routes they never do. */
function formsProblem(place: Place, target: Target): TargetProblem | undefined {
  for (const form of target.forms) {
    if (optsInto(place, form)) continue
    return { kind: 'ambiguous', found: foundWords[form], ...(place.kind === 'route' && { optIn: form }) }
  }
  return undefined
}

const foundWords = {
  encodedSlash: 'an escaped slash or backslash ("%2F", "%5C")',
  encodedReserved: 'an escaped "#", "?" or ";" ("%23", "%3F", "%3B")',
  semicolon: 'a ";"',
  emptySegment: 'an empty segment ("//")',
} as const
