// The second address of a COPY or MOVE (RFC 4918 10.3): whoever may do it here must not thereby do it elsewhere.
import type { IncomingMessage } from 'node:http'
import { readHost } from '../core/host.ts'
import type { Route } from '../core/route.ts'
import type { RouteTable } from '../core/route-table.ts'
import { readTarget } from '../core/target.ts'

/** Where the request itself leads. */
export type Seat = { readonly route: Route; readonly address: { readonly host: string } }

/** What is wrong with where it leads: it must be the host and the route that the request itself selects. */
export function destinationProblem(
  { method = '', headers: { destination } }: IncomingMessage,
  { route, address: { host } }: Seat,
  table: RouteTable,
): string | undefined {
  if (typeof destination !== 'string' || (method !== 'COPY' && method !== 'MOVE')) return undefined
  const parts = /^(?:https?:\/\/([^/?#\\]+))?(\/.*)?$/i.exec(destination)
  if (!parts || destination === '') return 'a Destination that is no address'
  const [, authority, path = '/'] = parts
  if (authority !== undefined && readHost(authority)?.name !== host) return 'a Destination on another host'
  const reading = readTarget(path)
  if (!reading.ok) return `a Destination with ${reading.problem.found}`
  const place = table.match(host, method, reading.target)
  return place?.kind === 'route' && place.route === route ? undefined : 'a Destination of another route'
}
