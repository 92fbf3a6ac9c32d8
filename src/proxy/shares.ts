// What one visitor may have under way at one upstream at the same time, so that nobody takes all of its places.
import type { Route, Upstream } from '../core/route.ts'
import type { Session } from '../core/session.ts'
import type { ServerConfig } from '../core/settings.ts'
import { visitorOf } from '../core/visitor.ts'
import type { Turnstile } from '../http/turnstile.ts'
import type { Visit } from '../http/visit.ts'

export type Shares = {
  /** A place, to be given back by what is answered; undefined: this visitor holds all that one may have. */
  take(kind: Kind, claim: Claim): string | undefined
  giveBack(place: string): void
}

export type Kind = 'request' | 'websocket'

export type Claim = { readonly visit: Visit; readonly route: Route; readonly session: Session | undefined }

/** People behind one address are told apart where they are signed in. `turnstile` outlives generations, and so do those inside. */
export function makeShares(turnstile: Turnstile, limits: ServerConfig['limits']): Shares {
  const most = { request: limits.requestsPerVisitor, websocket: limits.websocketsPerVisitor }
  return {
    take(kind, { visit, route, session }) {
      const place = `${kind} ${placeOf(route.upstream)} ${visitorOf(session?.identity, visit.client.address)}`
      return turnstile.enter(place, most[kind]) ? place : undefined
    },
    giveBack: place => turnstile.leave(place),
  }
}

/** Several routes to one upstream share its places. */
const placeOf = ({ scheme, address }: Upstream): string =>
  'socketPath' in address ? address.socketPath : `${scheme}://${address.host}:${address.port}`
