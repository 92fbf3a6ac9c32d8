// The floor plan: from one configuration, the rooms in the order in which a request walks through them.
import fastify, { type FastifyInstance } from 'fastify'
import { admit } from './access/admit.ts'
import { makeAssertions } from './access/assertion.ts'
import { makeIntroduction } from './access/introduce.ts'
import { makeSecondLook, type SecondLook } from './access/second-look.ts'
import { managedHeaders } from './core/identity-headers.ts'
import { originOf } from './core/public-url.ts'
import { type RouteTable, routeTable } from './core/route-table.ts'
import type { Config } from './core/settings.ts'
import { endpoints } from './endpoints/index.ts'
import type { Reception } from './endpoints/reception.ts'
import { deliver, deliverFailure } from './http/deliver.ts'
import { failureAnswer, refusalAnswer } from './http/failure.ts'
import { noSchemas } from './http/no-schemas.ts'
import { type FrontDoor, frontDoor, type Visit } from './http/visit.ts'
import type { Lasting } from './lasting.ts'
import { http } from './node-http.ts'
import type { Corridor } from './proxy/depart.ts'
import { type Gate, gated } from './proxy/gated.ts'
import { makeShares } from './proxy/shares.ts'

export type Floor = {
  readonly app: FastifyInstance
  readonly door: FrontDoor
  /** What upgrades need too: they do not come through the app. */
  readonly gate: Gate
  /** For those who were let in and are still here, whichever generation let them. */
  readonly secondLook: SecondLook
}

export async function buildFloor(config: Config, lasting: Lasting): Promise<Floor> {
  const table = routeTable(config.routes, config.server.prefix)
  const door = frontDoor(config.server, table)
  const gate = gateOf(config, lasting, door)
  const app = plan({ door, gate, reception: receptionOf(config, lasting, table), lasting })
  await app.ready()
  return { app, door, gate, secondLook: makeSecondLook(lasting.sessions, table) }
}

type Rooms = {
  readonly door: FrontDoor
  readonly gate: Gate
  readonly reception: Reception
  readonly lasting: Lasting
}

function plan({ door, gate, reception, lasting }: Rooms): FastifyInstance {
  const app = fastify({
    ...noSchemas,
    logger: false,
    // The sockets are the house's; this one never listens.
    serverFactory: () => new http.Server(),
    rewriteUrl: raw => insideAddress(door.receive(raw)),
    return503OnClosing: false,
  })
  // To the router no request has a body, or it would judge Content-Type before ours may stream.
  for (const method of methods) app.addHttpMethod(method, { hasBody: false, overrideExisting: true })

  app.register(async refused => turnedAway(refused, door), { prefix: '/refused' })
  app.register(async own => endpoints(own, { door, reception }), { prefix: '/own' })
  app.register(async route => gated(route, gate), { prefix: '/route' })
  app.setNotFoundHandler((request, reply) => {
    const visit = door.receive(request.raw)
    deliver(visit, reply.hijack().raw, failureAnswer(visit, 'not-found'))
  })
  app.setErrorHandler((error, request, reply) => {
    deliverFailure({ visit: door.receive(request.raw), res: reply.hijack().raw, error, log: lasting.log })
  })
  return app
}

/** Inside the house every visit has an inside address, so the router never reads a byte that a stranger sent. */
const insideAddress = ({ room }: Visit): string => (room.kind === 'own' ? `/own${room.path}` : `/${room.kind}`)

/** CONNECT never reaches a router; TRACE is refused at the front door. */
const methods = http.METHODS.filter(method => method !== 'CONNECT')

function turnedAway(app: FastifyInstance, door: FrontDoor): void {
  app.route({
    method: [...methods],
    url: '/',
    handler: async (request, reply) => {
      const visit = door.receive(request.raw)
      deliver(visit, reply.hijack().raw, refusalAnswer(visit))
    },
  })
}

function receptionOf({ server, session }: Config, lasting: Lasting, table: RouteTable): Reception {
  const { providers, sessions, keys, metrics, log, now } = lasting
  const originAt = (host: string) => (table.serves(host) ? originOf({ ...server.publicUrl, host }) : undefined)
  const { prefix, rateLimits } = server
  return { prefix, providers, sessions, session, rateLimits, keys, metrics, log, now, originAt }
}

function gateOf(config: Config, lasting: Lasting, door: FrontDoor): Gate {
  const { sessions, refresher, upstreams, streams, turnstile, log, now } = lasting
  return {
    door,
    ownPrefix: config.server.prefix,
    admit: asking => admit({ sessions, refresher }, asking),
    isOwnCookie: sessions.isOwnCookie,
    corridor: corridorOf(config, lasting),
    upstreams,
    streams,
    shares: makeShares(turnstile, config.server.limits),
    bodyBytes: config.server.limits.bodyBytes,
    usesUndici: config.routes.some(({ lane }) => lane === 'undici'),
    methods,
    log,
    now,
  }
}

function corridorOf({ server, identity, routes }: Config, { sessions, keys }: Lasting): Corridor {
  const { headers: rules, assertion } = identity
  const written = [...rules, ...routes.flatMap(route => route.headers.set)].map(rule => rule.name)
  return {
    managed: managedHeaders(assertion ? [...written, assertion.header] : written),
    introduction: makeIntroduction({
      rules,
      assertion: assertion && {
        header: assertion.header,
        assertions: makeAssertions(assertion, originOf(server.publicUrl), keys),
      },
    }),
    withoutOwnCookies: sessions.withoutOwn,
  }
}
