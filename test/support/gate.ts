// A whole gateway for tests: a configuration written to a file, loaded as users' files are, on real sockets, with a real provider and a real upstream.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { stringify } from 'yaml'
import { loadConfig, printProblems } from '../../src/config/load.ts'
import { type House, openHouse } from '../../src/house.ts'
import { makeLog } from '../../src/http/log.ts'
import { type Browser, openBrowser } from './browser.ts'
import { laneUnderTest } from './lanes.ts'
import { type ProviderOptions, type RealProvider, startProvider } from './provider.ts'

export type Gate = {
  readonly port: number
  readonly origin: string
  readonly adminPort: number
  readonly house: House
  /** Every log line so far, parsed. */
  readonly lines: readonly LogLine[]
  /** The log line of the last access to a path. */
  access(path: string): LogLine | undefined
  /** Rewrites the file with other settings and reloads, as SIGHUP does. */
  reload(changes: Settings): Promise<void>
  stop(): Promise<void>
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string; readonly level: string }

// biome-ignore lint/suspicious/noExplicitAny: settings are YAML, judged by the loader that is under test
export type Settings = Record<string, any>

export type GateOptions = {
  /** Sections of the configuration that replace or extend the test's standard ones. */
  readonly settings?: Settings
  readonly host?: string
  /** With `https`, TLS ends in front of the gateway: what a test sends it is plain all the same. */
  readonly scheme?: 'http' | 'https'
  /** A provider of the test's own; else node-oidc-provider is started. */
  readonly provider?: {
    readonly issuer: string
    readonly client: { readonly clientId: string; readonly clientSecret: string }
  }
  readonly now?: () => number
  /** For the provider that is started where none is given. */
  readonly providerOptions?: ProviderOptions
}

export type Running = { readonly gate: Gate; readonly browser: Browser; newBrowser(): Browser }

/** A gateway in front of `routes`, with node-oidc-provider behind it. */
export async function startGate(
  t: Test,
  options: GateOptions & { readonly routes: readonly Settings[] },
): Promise<Running & { readonly provider: RealProvider }> {
  const provider = await startProvider(t, options.providerOptions)
  const running = await startGateAt(t, { ...options, provider })
  const own = `${running.gate.origin}/_sallyport`
  await provider.register([`${own}/callback`], [`${own}/signed-out`], { logoutUri: `${own}/backchannel-logout` })
  return { ...running, provider }
}

/** A gateway in front of `routes` whose provider is given (it may lie). */
export async function startGateAt(
  t: Test,
  {
    settings = {},
    routes,
    provider,
    host = 'localhost',
    scheme = 'http',
    now,
  }: GateOptions & { readonly routes: readonly Settings[] },
): Promise<Running> {
  const port = await freePort()
  const origin = `${scheme}://${host}:${port}`
  const file = join(t.testdir({}), 'sallyport.yaml')
  const write = (changes: Settings) =>
    writeFileSync(file, stringify(standard({ port, origin, provider, routes, ...settings, ...changes })))
  write({})
  const loaded = await loadConfig(file)
  if (!loaded.ok) throw new Error(printProblems(file, loaded.problems))
  const lines: LogLine[] = []
  const log = makeLog(loaded.config.log.level, { write: line => void lines.push(JSON.parse(line)) })
  const house = await openHouse(loaded.config, { log, ...(now && { now }) })
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= house.stop()
    return stopped
  }
  t.teardown(stop)
  const gate: Gate = {
    port,
    origin,
    adminPort: 'port' in house.admin ? house.admin.port : 0,
    house,
    lines,
    access: path => lines.findLast(line => line.msg === 'access' && line.path === path),
    async reload(changes) {
      write(changes)
      await house.reload(await loadConfig(file))
    },
    stop,
  }
  return { gate, browser: openBrowser(origin), newBrowser: () => openBrowser(origin) }
}

function standard({
  port,
  origin,
  provider,
  routes,
  server,
  providers,
  session,
  identity,
  ...rest
}: Settings): Settings {
  return {
    server: { listen: `127.0.0.1:${port}`, publicUrl: origin, drain: '2s', rateLimits: unlimited, ...server },
    admin: { listen: '127.0.0.1:0' },
    providers: providers ?? [
      {
        name: 'corp',
        issuer: provider.issuer,
        clientId: provider.client.clientId,
        clientSecret: provider.client.clientSecret,
        scopes: ['openid', 'profile', 'email', 'groups'],
      },
    ],
    ...(session && { session }),
    ...(identity && { identity }),
    log: { level: 'debug' },
    routes: routes.map((route: Settings, index: number) => ({ name: `route-${index}`, ...laneUnderTest(), ...route })),
    ...rest,
  }
}

/** Tests come from one address, and faster than people. */
export const unlimited = {
  login: { perAddress: 'unlimited' },
  callback: { perAddress: 'unlimited', perUser: 'unlimited' },
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
