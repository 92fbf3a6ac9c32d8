// A visit: one request, cleaned and named at the front door, and what became of it on its way through the house.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Decision } from '../core/decide.ts'
import type { Milliseconds } from '../core/duration.ts'
import type { ErrorCode } from '../core/errors.ts'
import { type Host, readHost } from '../core/host.ts'
import { authorityOf, originOf, type PublicUrl } from '../core/public-url.ts'
import type { Route } from '../core/route.ts'
import type { RouteTable } from '../core/route-table.ts'
import type { Session } from '../core/session.ts'
import type { ServerConfig } from '../core/settings.ts'
import { readTarget, type Target, type TargetProblem } from '../core/target.ts'
import { type Asks, whoAsks } from './asks.ts'
import { type Client, readClient } from './client.ts'
import { destinationProblem } from './destination.ts'
import { bodyLength, framingProblem } from './framing.ts'
import { newRequestId } from './request-id.ts'
import { serverName } from './server-name.ts'

export type Visit = {
  readonly id: string
  /** Milliseconds of the process clock. */
  readonly startedAt: number
  readonly method: string
  readonly asks: Asks
  readonly client: Client
  /** All Cookie lines, joined (RFC 9113 8.2.3). */
  readonly cookies: string | undefined
  readonly body: number | 'chunked' | 'none'
  /** What our own answers say of https (RFC 6797); 0: nothing. */
  readonly hstsMs: Milliseconds
  readonly room: Room
  /** What became of it; the access line and the metrics read it. */
  readonly trail: Trail
}

/** Where the visit leads: to us, to a route, or out again. */
export type Room =
  | { readonly kind: 'own'; readonly path: string; readonly address: Address }
  | { readonly kind: 'route'; readonly route: Route; readonly address: Address }
  | {
      readonly kind: 'refused'
      readonly code: ErrorCode
      readonly found: string
      readonly problem?: TargetProblem
      readonly allow?: readonly string[]
    }

/** The address as the visitor typed it, rebuilt from configuration: no header can change scheme or port. */
export type Address = {
  readonly scheme: 'http' | 'https'
  readonly host: string
  /** `host`, or `host:port` where the port is not the scheme's own. */
  readonly authority: string
  /** `scheme://authority` */
  readonly origin: string
  readonly target: Target
}

export type Trail = { decision?: Decision['kind'] | 'limit'; reason?: string; session?: Session; failure?: string }

export type FrontDoor = {
  /** The same message is the same visit, however often it is asked for. */
  receive(raw: IncomingMessage): Visit
}

export function frontDoor(server: ServerConfig, table: RouteTable): FrontDoor {
  const visits = new WeakMap<IncomingMessage, Visit>()
  const ending = new WeakSet<Socket>()
  return {
    receive(raw) {
      const known = visits.get(raw)
      if (known) return known
      const visit = welcome(raw, server, table)
      const last = ending.has(raw.socket) ? { ...visit, room: behindRefused } : visit
      if (endsConnection(last)) ending.add(raw.socket)
      visits.set(raw, last)
      return last
    },
  }
}

/** After a message that was refused for its form nobody knows where the next one begins. */
export const endsConnection = ({ room }: Visit): boolean =>
  room.kind === 'refused' && room.code !== 'not-found' && room.code !== 'method-not-allowed'

const unreadable: Client = { isProxy: false, address: '0.0.0.0', forwardedFor: '', forwardedHost: undefined }

function welcome(raw: IncomingMessage, server: ServerConfig, table: RouteTable): Visit {
  const client = readClient(raw, server)
  return {
    id: newRequestId(),
    startedAt: performance.now(),
    method: raw.method ?? '',
    asks: whoAsks(raw),
    client: client ?? unreadable,
    cookies: raw.headers.cookie,
    body: bodyLength(raw),
    hstsMs: server.hstsMs,
    room: client
      ? roomOf(raw, client, server, table)
      : refused('request-malformed', 'a client whose address cannot be read'),
    trail: {},
  }
}

function roomOf(raw: IncomingMessage, client: Client, server: ServerConfig, table: RouteTable): Room {
  const framing = framingProblem(raw)
  if (framing) return refused('request-malformed', framing)
  const host = readHost(client.forwardedHost ?? raw.headers.host ?? '')
  if (!host) return refused('host-malformed', 'a Host that is not one host name')
  if (host.port !== undefined && host.port !== server.publicUrl.port)
    return refused('host-unknown', `port ${host.port}, while publicUrl has ${server.publicUrl.port}`)
  if (!client.isProxy && contradictsTls(raw, host, table))
    return refused('host-misdirected', 'a Host that is not the name in the TLS handshake')
  const reading = readTarget(raw.url ?? '')
  if (!reading.ok)
    return { ...refused(`target-${reading.problem.kind}`, reading.problem.found), problem: reading.problem }
  if (raw.method === 'TRACE' || raw.method === 'CONNECT') return refused('method-not-allowed', raw.method)
  if (tooLarge(raw, server)) return refused('body-too-large', 'a Content-Length over limits.bodyBytes')
  const room = seat(addressOf(host.name, server.publicUrl, reading.target), raw.method ?? '', table)
  const problem = room.kind === 'route' ? destinationProblem(raw, room, table) : undefined
  return problem ? refused('destination-refused', problem) : room
}

/** A name that is not served here, as between a load balancer and us, says nothing about the visitor. */
function contradictsTls(raw: IncomingMessage, host: Host, table: RouteTable): boolean {
  const asked = serverName(raw)
  return asked !== undefined && asked !== host.name && table.serves(asked)
}

function seat(address: Address, method: string, table: RouteTable): Room {
  const place = table.match(address.host, method, address.target)
  switch (place?.kind) {
    case undefined:
      return refused('host-unknown', `the host "${address.host}", for which there is no route`)
    case 'own':
      return { kind: 'own', path: place.path, address }
    case 'route':
      return { kind: 'route', route: place.route, address }
    case 'nowhere':
      return refused('not-found', 'no route for this path')
    case 'wrong-method':
      return { ...refused('method-not-allowed', `no route for ${method} on this path`), allow: place.methods }
    case 'ambiguous':
      return { ...refused('target-ambiguous', place.problem.found), problem: place.problem }
    default:
      throw place satisfies never
  }
}

const refused = (code: ErrorCode, found: string) => ({ kind: 'refused', code, found }) as const

const behindRefused = refused('request-malformed', 'a place behind a request that was refused')

const tooLarge = (raw: IncomingMessage, { limits }: ServerConfig): boolean =>
  limits.bodyBytes !== undefined && Number(raw.headers['content-length'] ?? 0) > limits.bodyBytes

function addressOf(host: string, publicUrl: PublicUrl, target: Target): Address {
  const here = { ...publicUrl, host }
  return { scheme: here.scheme, host, authority: authorityOf(here), origin: originOf(here), target }
}
