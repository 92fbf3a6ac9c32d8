// The floor plan of one generation: from one configuration, the rooms in the order in which a request walks through them.
import { type IncomingMessage, METHODS, Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import { admit } from './access/admit.ts'
import { makeAssertions } from './access/assertion.ts'
import { makeIntroduction } from './access/introduce.ts'
import { describe } from './core/errors.ts'
import { managedHeaders } from './core/identity-headers.ts'
import { routeTable } from './core/route-table.ts'
import type { Config } from './core/settings.ts'
import { endpoints } from './endpoints/index.ts'
import type { Reception } from './endpoints/reception.ts'
import { deliver } from './http/deliver.ts'
import { failureAnswer, refusalAnswer, thrownAnswer } from './http/failure.ts'
import { logAccess } from './http/log.ts'
import { type FrontDoor, frontDoor, type Visit } from './http/visit.ts'
import type { Lasting } from './lasting.ts'
import { type Gate, gated } from './proxy/gated.ts'
import type { Tunnel } from './proxy/tunnel.ts'
import { receiveUpgrade } from './proxy/upgrades.ts'

export type Generation = {
  handle(req: IncomingMessage, res: ServerResponse): void
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Why this generation is not ready for everything; empty when it is. */
  reasons(): readonly string[]
  /** Resolves when the last request in flight has ended. */
  idle(): Promise<void>
  /** Resolves when the last of its tunnels has closed by itself. */
  tunnelsClosed(): Promise<unknown>
  closeTunnels(): void
  close(): Promise<void>
}

/** CONNECT never reaches a router; TRACE is refused at the front door. */
const methods = METHODS.filter(method => method !== 'CONNECT')

export async function buildGeneration(config: Config, lasting: Lasting): Promise<Generation> {
  const door = frontDoor(config.server, routeTable(config.routes, config.server.prefix))
  const rooms = furnish(config, lasting, door)
  const app = floorPlan(door, rooms, lasting)
  await app.ready()
  return generation({ app, door, rooms, lasting, withSubject: config.log.subject })
}

type Rooms = { readonly gate: Gate; readonly reception: Reception }

function furnish(
  config: Config,
  { log, metrics, sessions, upstreams, keys, providers, now }: Lasting,
  door: FrontDoor,
): Rooms {
  const { prefix, publicUrl, limits } = config.server
  const { headers: rules, assertion } = config.identity
  const issuer = `${publicUrl.scheme}://${publicUrl.host}:${publicUrl.port}`.replace(/:(?:80|443)$/, '')
  const written = [...rules, ...config.routes.flatMap(route => route.headers.set)].map(rule => rule.name)
  return {
    reception: { prefix, providers, sessions, session: config.session, keys, metrics, log, now },
    gate: {
      door,
      ownPrefix: prefix,
      admit: asking => admit(sessions, asking),
      isOwnCookie: sessions.isOwnCookie,
      upstreams,
      bodyBytes: limits.bodyBytes,
      methods,
      now,
      corridor: {
        managed: managedHeaders(assertion ? [...written, assertion.header] : written),
        introduction: makeIntroduction({
          rules,
          assertion: assertion && { header: assertion.header, assertions: makeAssertions(assertion, issuer, keys) },
        }),
        withoutOwnCookies: header => sessions.withoutOwn(header),
      },
    },
  }
}

/** Inside the house every visit has an inside address, so the router never reads a byte that a stranger sent. */
const insideAddress = ({ room }: Visit): string => (room.kind === 'own' ? `/own${room.path}` : `/${room.kind}`)

function floorPlan(door: FrontDoor, { gate, reception }: Rooms, { log }: Lasting): FastifyInstance {
  const app = fastify({
    logger: false,
    serverFactory: () => new Server(),
    rewriteUrl: raw => insideAddress(door.receive(raw)),
    // Bodies go on as streams; limits.bodyBytes bounds them on their way.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    return503OnClosing: false,
  })
  for (const method of methods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true })

  app.setNotFoundHandler((request, reply) => {
    const visit = door.receive(request.raw)
    deliver(visit, reply.hijack().raw, failureAnswer(visit, 'not-found'))
  })
  app.setErrorHandler((error, request, reply) => {
    const visit = door.receive(request.raw)
    visit.trail.failure = describe(error)
    log.error({ request: visit.id, error: describe(error) }, 'request failed')
    if (reply.raw.headersSent) reply.raw.destroy()
    else deliver(visit, reply.hijack().raw, thrownAnswer(visit, error))
  })

  app.route({
    method: [...methods],
    url: '/refused',
    handler: async (request, reply) => {
      const visit = door.receive(request.raw)
      deliver(visit, reply.hijack().raw, refusalAnswer(visit))
    },
  })
  app.register(async own => endpoints(own, { door, reception }), { prefix: '/own' })
  app.register(async route => gated(route, gate), { prefix: '/route' })
  return app
}

type Standing = {
  readonly app: FastifyInstance
  readonly door: FrontDoor
  readonly rooms: Rooms
  readonly lasting: Lasting
  readonly withSubject: boolean
}

function generation({ app, door, rooms, lasting, withSubject }: Standing): Generation {
  const traffic = countTraffic()
  const tunnels = new Set<Tunnel>()
  const leave = (visit: Visit, status: number, completed: boolean) => {
    const outcome = { visit, status, ms: performance.now() - visit.startedAt, completed }
    logAccess(lasting.log, outcome, withSubject)
    lasting.metrics.request(outcome)
    traffic.left()
  }
  return {
    handle(req, res) {
      const visit = door.receive(req)
      traffic.entered()
      res.once('close', () => leave(visit, res.statusCode, res.writableFinished))
      app.routing(req, res)
    },
    async upgrade(raw, socket, head) {
      // Node has let go of this socket; one that breaks from here on must not take the process down.
      socket.on('error', () => socket.destroy())
      const visit = door.receive(raw)
      traffic.entered()
      const { status, tunnel } = await receiveUpgrade({ visit, raw, socket, head }, rooms.gate)
      leave(visit, status, true)
      if (!tunnel) return
      tunnels.add(tunnel)
      await tunnel.closed
      tunnels.delete(tunnel)
    },
    reasons: () =>
      Array.from(lasting.providers.values()).flatMap(provider => {
        const status = provider.status()
        return status.ready ? [] : [`provider "${provider.name}": ${status.why}`]
      }),
    idle: traffic.idle,
    tunnelsClosed: () => Promise.all(Array.from(tunnels, tunnel => tunnel.closed)),
    closeTunnels() {
      for (const tunnel of tunnels) tunnel.close()
    },
    close: () => app.close(),
  }
}

/** How many requests are inside, and a way to wait for the last to leave. */
function countTraffic() {
  let inside = 0
  let empty = Promise.withResolvers<void>()
  return {
    entered() {
      inside++
    },
    left() {
      inside--
      if (inside > 0) return
      empty.resolve()
      empty = Promise.withResolvers<void>()
    },
    idle: () => (inside === 0 ? Promise.resolve() : empty.promise),
  }
}
