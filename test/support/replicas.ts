// Gateways as they are deployed in number: processes with one configuration, one Redis, one provider and one upstream.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import { openBrowser } from './browser.ts'
import { freePort, type Settings } from './gate.ts'
import { inMemory, type RedisServer, startRedis, until } from './redis.ts'
import { type Rogue, startRogueProvider } from './rogue-provider.ts'
import type { Test } from './upstream.ts'

export type Replica = {
  /** The status of the answer to a request with these cookies. */
  ask(cookies: string): Promise<number>
  /** Its log so far. */
  readonly lines: ReadonlyArray<Readonly<Record<string, unknown>>>
  freeze(): void
  thaw(): void
  /** kill -9. */
  kill(): Promise<void>
}

export type Replicas = {
  readonly gateways: readonly Replica[]
  readonly provider: Rogue
  readonly redis: RedisServer
  /** Somebody signs in at the first gateway; answers the cookies of that browser. */
  signIn(): Promise<string>
}

/** `settings` are sections of the configuration, as in every gateway of a test. */
export async function startReplicas(t: Test, count: number, settings: Settings = {}): Promise<Replicas> {
  const redis = await startRedis(t, { config: inMemory })
  const provider = await startRogueProvider(t, { alg: 'ES256' })
  const upstream = await startApplication(t)
  const ports = await Promise.all(Array.from({ length: count }, freePort))
  const origin = `http://localhost:${ports[0]}`
  const config = {
    providers: [{ name: 'corp', issuer: provider.issuer, ...provider.client, idTokenAlgs: ['ES256'] }],
    session: {
      secrets: [randomBytes(32).toString('base64')],
      store: { type: 'redis', url: `redis://127.0.0.1:${redis.port}/0` },
    },
    routes: [{ name: 'all', path: '/', upstream, allow: [{ authenticated: true }] }],
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

async function startApplication(t: Test): Promise<string> {
  const server = createServer((_, response) => response.end('here you are'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Orders = { readonly port: number; readonly origin: string; readonly config: Settings }

async function startReplica(t: Test, { port, origin, config }: Orders): Promise<Replica> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-replica-'))
  const file = join(folder, 'sallyport.yaml')
  const admin = await freePort()
  const server = { listen: `127.0.0.1:${port}`, publicUrl: origin, drain: '1s' }
  writeFileSync(file, stringify({ server, admin: { listen: `127.0.0.1:${admin}` }, ...config }))
  const main = new URL('../../src/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, 'start', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: Record<string, unknown>[] = []
  createInterface(child.stdout).on('line', line => void lines.push(JSON.parse(line)))
  const agent = new Agent({ keepAlive: true })
  const kill = () => killNow(child)
  t.teardown(async () => {
    agent.destroy()
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await until(async () => (await fetch(`http://127.0.0.1:${admin}/readyz`)).ok)
  return {
    ask: cookies => ask({ port, agent, headers: { host: new URL(origin).host, cookie: cookies } }),
    lines,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    kill,
  }
}

async function killNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

type Sent = { readonly port: number; readonly agent: Agent; readonly headers: Record<string, string> }

/** Asked as a program does, so that a session that was lost is a 401. */
function ask({ port, agent, headers }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/', agent, headers: { accept: '*/*', ...headers } })
    sent.on('error', reject)
    sent.on('response', response => {
      response.resume().on('error', reject)
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.end()
  })
}
