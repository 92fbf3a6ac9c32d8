// Visits for tests of single rooms: bytes go over a real socket, and what Node's parser makes of them is read as in the house.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addressSet } from '../../src/core/address.ts'
import type { Route } from '../../src/core/route.ts'
import { routeTable } from '../../src/core/route-table.ts'
import type { ServerConfig } from '../../src/core/settings.ts'
import { frontDoor, type Visit } from '../../src/http/visit.ts'
import { testRoute } from './front.ts'
import { openRaw, type RawOptions } from './raw.ts'

type Test = { teardown(undo: () => unknown): void }

export const serverSettings = (parts: Partial<ServerConfig> = {}): ServerConfig => ({
  listen: { host: '127.0.0.1', port: 0 },
  publicUrl: { scheme: 'https', host: 'app.test', port: 443 },
  prefix: '/_sallyport',
  trustedProxies: addressSet([]),
  tls: undefined,
  hstsMs: 0,
  limits: {
    headerBytes: 16_384,
    bodyBytes: undefined,
    requestMs: 0,
    connections: 100,
    connectionsPerAddress: 100,
    requestsPerVisitor: 100,
    websocketsPerVisitor: 100,
  },
  rateLimits: { login: { perAddress: undefined }, callback: { perAddress: undefined, perUser: undefined } },
  workers: 1,
  drainMs: 1000,
  ...parts,
})

/** A route on app.test; where it leads matters to no room that these tests are about. */
export const routeTo = (parts: Partial<Route> = {}): Route =>
  testRoute({
    upstream: { scheme: 'http', address: { host: '127.0.0.1', port: 9 }, authority: '127.0.0.1:9', tls: {} },
    public: false,
    ...parts,
  })

/** What Node makes of these bytes. The connection stays open until the test ends. */
export async function received(t: Test, bytes: string, options: RawOptions = {}): Promise<IncomingMessage> {
  const server = createServer({ requireHostHeader: false })
  server.maxHeadersCount = 500
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const arrived = Promise.race([
    once(server, 'request'),
    once(server, 'checkContinue'),
    once(server, 'checkExpectation'),
  ])
  const client = await openRaw((server.address() as AddressInfo).port, options)
  t.teardown(() => {
    client.socket.destroy()
    server.close()
  })
  client.send(bytes)
  const refused = once(server, 'clientError').then(([error]) => Promise.reject(error))
  const [raw] = await Promise.race([arrived, refused])
  return raw
}

export type VisitOptions = RawOptions & {
  readonly server?: Partial<ServerConfig>
  readonly routes?: readonly Route[]
}

export async function visitOf(t: Test, bytes: string, options: VisitOptions = {}): Promise<Visit> {
  const { server, routes = [routeTo()], ...rest } = options
  const settings = serverSettings(server)
  return frontDoor(settings, routeTable(routes, settings.prefix)).receive(await received(t, bytes, rest))
}

/** A request head with a Host and more lines. */
export const head = (line: string, ...lines: string[]): string =>
  [`${line} HTTP/1.1`, 'Host: app.test', ...lines, '', ''].join('\r\n')
