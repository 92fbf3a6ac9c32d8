// The smallest front that a lane or a tunnel can stand behind: node:http, no login, one route.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { SallyportError } from '../../src/core/errors.ts'
import { managedHeaders } from '../../src/core/identity-headers.ts'
import type { Route, Upstream } from '../../src/core/route.ts'
import { readTarget } from '../../src/core/target.ts'
import { bodyLength } from '../../src/http/framing.ts'
import type { Exchange, Lane, Passage } from '../../src/proxy/lane.ts'
import { type Opened, openTunnel, type TunnelOrder } from '../../src/proxy/tunnel.ts'
import { type UpstreamRequest, upstreamRequest } from '../../src/proxy/upstream-request.ts'
import { makeUpstreams, type Upstreams } from '../../src/proxy/upstreams.ts'
import { watch } from '../../src/proxy/watch.ts'
import type { Test } from './upstream.ts'

export type Front = {
  readonly port: number
  /** How the exchanges ended, in the order in which they did. */
  readonly passages: Array<Passage | SallyportError>
  readonly tunnels: Array<Opened | SallyportError>
  readonly upstreams: Upstreams
  /** Settles when `count` exchanges are over. */
  over(count: number): Promise<void>
}

export type FrontOptions = {
  readonly upstream: Upstream
  readonly lane: Lane
  readonly route?: Partial<Route>
  readonly exchange?: Partial<Exchange>
  readonly upstreams?: Upstreams
}

export const isOwnCookie = (name: string): boolean => name.startsWith('__Host-sallyport')

export async function startFront(t: Test, options: FrontOptions): Promise<Front> {
  const route = testRoute({ upstream: options.upstream, ...options.route })
  const upstreams = options.upstreams ?? makeUpstreams()
  const passages: Array<Passage | SallyportError> = []
  const tunnels: Array<Opened | SallyportError> = []
  const waiting = new Set<() => void>()
  const server = createServer()
  const visitor = { scheme: 'https', host: 'app.test' } as const
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const exchange = {
      route,
      request: requestOf(req, route),
      upstreams,
      req,
      res,
      visitor,
      extraSetCookies: [],
      isOwnCookie,
      bodyBytes: undefined,
    }
    passages.push(await options.lane({ ...exchange, ...options.exchange }).catch(error => refuse(res, error)))
    for (const wake of waiting) wake()
  }
  server.on('request', answer)
  server.on('checkContinue', (req, res) => {
    res.writeContinue()
    void answer(req, res)
  })
  server.on('upgrade', async (raw, socket, head) => {
    const order: TunnelOrder = {
      route,
      request: requestOf(raw, route),
      raw,
      socket,
      head,
      client: watch(socket),
      visitor,
      extraSetCookies: [],
      isOwnCookie,
    }
    tunnels.push(await openTunnel(order).catch(error => refuseUpgrade(socket, error)))
    for (const wake of waiting) wake()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    await upstreams.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    passages,
    tunnels,
    upstreams,
    async over(count) {
      while (passages.length + tunnels.length < count) {
        await new Promise<void>(resolve => {
          waiting.add(resolve)
        })
      }
    },
  }
}

export const testRoute = (parts: Partial<Route> & Pick<Route, 'upstream'>): Route => ({
  name: 'app',
  hosts: ['app.test'],
  path: '/',
  exact: false,
  methods: undefined,
  rewrite: { stripPrefix: '', addPrefix: '', host: 'visitor' },
  public: true,
  policy: { allow: [], deny: [] },
  session: { idleMs: 3_600_000, absoluteMs: 43_200_000 },
  recheckMs: 60_000,
  rateLimit: { perAddress: undefined, perUser: undefined },
  websocket: true,
  allowInPath: new Set(),
  timeouts: { connectMs: 3000, responseMs: 10_000, idleMs: 30_000 },
  lane: 'http1',
  headers: { set: [], remove: [] },
  ...parts,
})

function requestOf(req: IncomingMessage, route: Route): UpstreamRequest {
  const reading = readTarget(req.url ?? '')
  if (!reading.ok) throw new Error(reading.problem.found)
  const departure = upstreamRequest({
    route,
    target: reading.target,
    method: req.method ?? '',
    rawHeaders: req.rawHeaders,
    managed: managedHeaders(['X-Forwarded-User']),
    withoutOwnCookies: cookies =>
      cookies
        .split('; ')
        .filter(cookie => !isOwnCookie(cookie))
        .join('; ') || undefined,
    identity: [['X-Forwarded-User', 'ann']],
    forwardedFor: '127.0.0.1',
    scheme: 'https',
    host: 'app.test',
    requestId: 'request-1',
    bodyLength: bodyLength(req),
  })
  if (!departure.ok) throw new Error(departure.problem.found)
  return departure.request
}

function refuse(res: ServerResponse, error: unknown): SallyportError {
  const failure = asSallyportError(error)
  res.writeHead(failure.status, ['Content-Length', String(failure.sentence.length), 'Connection', 'close'])
  res.end(failure.sentence)
  return failure
}

function refuseUpgrade(socket: Duplex, error: unknown): SallyportError {
  const failure = asSallyportError(error)
  socket.resume()
  socket.end(`HTTP/1.1 ${failure.status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  return failure
}

function asSallyportError(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error
  throw error
}
