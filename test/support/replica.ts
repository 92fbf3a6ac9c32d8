// One gateway process among several: started, killed, frozen, stopped and reloaded, always at the same address.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import { freePort, type Settings, unlimited } from './gate.ts'
import { laneUnderTest } from './lanes.ts'
import { until } from './redis.ts'
import type { Test } from './upstream.ts'

export type Replica = {
  readonly port: number
  readonly adminPort: number
  /** Of the process that is there now. */
  readonly pid: number
  /** The status of the answer to a request with these cookies. */
  ask(cookies: string): Promise<number>
  /** Its log so far, that of all its lives. */
  readonly lines: ReadonlyArray<Readonly<Record<string, unknown>>>
  freeze(): void
  thaw(): void
  /** kill -9. */
  kill(): Promise<void>
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>
  /** Again, with what it was last told. Resolves when it is ready. */
  restart(): Promise<void>
  /** Other sections in the file, of which nobody is told. */
  write(changes: Settings): void
  /** SIGHUP, with other sections in the file. Resolves when they are in force. */
  reload(changes: Settings): Promise<void>
}

export type Orders = {
  readonly port: number
  readonly origin: string
  readonly config: Settings
  /** Beside what these sections have anyhow. */
  readonly server?: Settings
  readonly admin?: Settings
  /** What answers 200 once it has started; `/readyz`. */
  readonly readyWhen?: string
}

/** A process has a world to load, and several of them on a busy machine take their time. */
const START_MS = 60_000

const main = new URL('../../src/main.ts', import.meta.url).pathname

export async function startReplica(
  t: Test,
  { port, origin, config, readyWhen = '/readyz', ...orders }: Orders,
): Promise<Replica> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-replica-'))
  const file = join(folder, 'sallyport.yaml')
  const adminPort = await freePort()
  const own = { listen: `127.0.0.1:${port}`, publicUrl: origin, drain: '1s', rateLimits: unlimited }
  const admin = { listen: `127.0.0.1:${adminPort}`, ...orders.admin }
  const standard = { server: { ...own, ...orders.server }, admin, ...config }
  const write = (changes: Settings) => {
    const { routes = [], ...rest } = { ...standard, ...changes }
    const onLane = routes.map((route: Settings) => ({ ...laneUnderTest(), ...route }))
    writeFileSync(file, stringify({ ...rest, routes: onLane }))
  }
  const lines: Record<string, unknown>[] = []
  let child: ChildProcess
  const start = async () => {
    child = spawn(process.execPath, [main, 'start', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (child.stdout) createInterface(child.stdout).on('line', line => void lines.push(JSON.parse(line)))
    await until(async () => (await fetch(`http://127.0.0.1:${adminPort}${readyWhen}`)).ok, START_MS)
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exit = once(child, 'exit')
    child.kill(signal)
    const [code] = await exit
    return code
  }
  const kill = async () => void (await end('SIGKILL'))
  const agent = new Agent({ keepAlive: true })
  t.teardown(async () => {
    agent.destroy()
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  write({})
  await start()
  return {
    port,
    adminPort,
    get pid() {
      return child.pid ?? 0
    },
    ask: cookies => ask({ port, agent, headers: { host: new URL(origin).host, cookie: cookies } }),
    lines,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    kill,
    stop: () => end('SIGTERM'),
    restart: start,
    write,
    async reload(changes) {
      const reloads = () => lines.filter(({ msg }) => msg === 'reloaded').length
      const before = reloads()
      write(changes)
      child.kill('SIGHUP')
      await until(() => reloads() > before)
    },
  }
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
