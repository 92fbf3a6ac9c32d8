// The corridor from our decision to the upstream: everything that the upstream will read is put together here, for requests and upgrades alike.
import type { IncomingMessage } from 'node:http'
import type { Introduction } from '../access/introduce.ts'
import type { ManagedNames } from '../core/identity-headers.ts'
import type { Route } from '../core/route.ts'
import type { Session } from '../core/session.ts'
import type { Address, Visit } from '../http/visit.ts'
import { type UpstreamRequestReading, upstreamRequest } from './upstream-request.ts'

export type Corridor = {
  readonly managed: ManagedNames
  readonly introduction: Introduction
  withoutOwnCookies(cookieHeader: string): string | undefined
}

export type Leaving = {
  readonly visit: Visit
  readonly raw: IncomingMessage
  readonly route: Route
  readonly address: Address
  readonly session: Session | undefined
  readonly now: number
}

export function depart(
  { visit, raw, route, address, session, now }: Leaving,
  corridor: Corridor,
): UpstreamRequestReading {
  return upstreamRequest({
    route,
    target: address.target,
    method: visit.method,
    rawHeaders: raw.rawHeaders,
    managed: corridor.managed,
    withoutOwnCookies: corridor.withoutOwnCookies,
    identity: corridor.introduction.of(session, route, now),
    forwardedFor: visit.client.forwardedFor,
    scheme: address.scheme,
    host: address.authority,
    requestId: visit.id,
    bodyLength: visit.body,
  })
}
