// Gateways as they are deployed in number: processes with one configuration, one provider and one upstream, and a Redis or a balancer where they need it.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Balancer, startBalancer } from './balancer.ts'
import { openBrowser } from './browser.ts'
import { freePort, type Settings } from './gate.ts'
import { inMemory, type RedisServer, startRedis } from './redis.ts'
import { type Replica, startReplica } from './replica.ts'
import { type Rogue, startRogueProvider } from './rogue-provider.ts'
import type { Test } from './upstream.ts'

export type Replicas = {
  readonly gateways: readonly Replica[]
  readonly provider: Rogue
  readonly redis: RedisServer
  /** Somebody signs in at the first gateway; answers the cookies of that browser. */
  signIn(): Promise<string>
}

/** Each is asked at its own port. `settings` are sections of the configuration, as in every gateway of a test. */
export async function startReplicas(t: Test, count: number, settings: Settings = {}): Promise<Replicas> {
  const redis = await startRedis(t, { config: inMemory })
  const provider = await startRogueProvider(t, { alg: 'ES256' })
  const upstream = await startApplication(t)
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const origin = `http://localhost:${ports[0]}`
  const config = {
    providers: [{ name: 'corp', issuer: provider.issuer, ...provider.client, idTokenAlgs: ['ES256'] }],
    session: { secrets: [newSecret()], store: { type: 'redis', url: urlOf(redis) } },
    routes: routesTo(upstream),
    ...settings,
  }
  const gateways = await Promise.all(ports.map(port => startReplica(t, { port, origin, config })))
  const signIn = async (): Promise<string> => {
    const browser = openBrowser(origin)
    const page = await browser.visit('/')
    const cookies = browser.cookies(origin)
    if (page.status !== 200 || !cookies) throw new Error(`nobody can sign in: ${page.status} ${page.body}`)
    return cookies
  }
  return { gateways, provider, redis, signIn }
}

export type Balanced = { readonly gateways: readonly Replica[]; readonly balancer: Balancer }

/** All behind one address. `configAt` says what they are told, once that address is known. */
export async function startBalanced(
  t: Test,
  count: number,
  configAt: (origin: string) => Promise<Settings>,
): Promise<Balanced> {
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const balancer = await startBalancer(t, ports)
  const { origin } = balancer
  const config = await configAt(origin)
  return { balancer, gateways: await Promise.all(ports.map(port => startReplica(t, { port, origin, config }))) }
}

export async function startApplication(
  t: Test,
  answer: RequestListener = (_, response) => response.end('here you are'),
): Promise<string> {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export const routesTo = (upstream: string): readonly Settings[] => [
  { name: 'all', path: '/', upstream, allow: [{ authenticated: true }] },
]

export const newSecret = (): string => randomBytes(32).toString('base64')

export const urlOf = ({ port }: Pick<RedisServer, 'port'>): string => `redis://127.0.0.1:${port}/0`
