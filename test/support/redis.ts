// A real redis-server for tests: single, behind TLS, a cluster or a group of sentinels; killed, frozen and started again.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Milliseconds } from '../../src/core/duration.ts'
import type { RedisConfig } from '../../src/core/settings.ts'
import { makeAuthority } from './certificates.ts'
import { service } from './services.ts'
import type { Test } from './upstream.ts'

const run = promisify(execFile)

export type RedisServer = {
  readonly port: number
  /** What a person would type at redis-cli. */
  cli(...words: string[]): Promise<string>
  freeze(): void
  thaw(): void
  /** kill -9. */
  kill(): Promise<void>
  /** On the same port, with nothing in it. */
  restart(): Promise<void>
}

type Orders = {
  readonly config?: readonly string[]
  readonly mode?: readonly string[]
  readonly tls?: readonly string[]
  readonly password?: string
}

const PATIENCE_MS = 10_000

export async function startRedis(
  t: Test,
  { config = [], mode = [], tls, password }: Orders = {},
): Promise<RedisServer> {
  const found = service('redis-server')
  if ('missing' in found) throw new Error(found.missing)
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-redis-'))
  const port = await unusedPort()
  const file = join(folder, 'redis.conf')
  const doors = tls ? ['port 0', `tls-port ${port}`] : [`port ${port}`]
  const lock = password === undefined ? [] : [`requirepass ${password}`]
  writeFileSync(file, ['bind 127.0.0.1', `dir ${folder}`, ...doors, ...lock, ...config, ''].join('\n'))
  const cli = async (...words: string[]): Promise<string> =>
    (
      await run('redis-cli', ['-p', String(port), ...(tls ?? []), ...words], { env: { REDISCLI_AUTH: password } })
    ).stdout.trim()
  let child: ChildProcess | undefined
  const start = async () => {
    await until(async () => {
      // Somebody may have been given its port meanwhile, for a connection: then it ends at once, and is started again.
      if (!child || child.exitCode !== null || child.signalCode !== null)
        child = spawn(found.path, [file, ...mode], { cwd: folder, stdio: 'ignore' })
      return (await cli('ping')) === 'PONG'
    })
  }
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  t.teardown(async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return { port, cli, freeze: () => child?.kill('SIGSTOP'), thaw: () => child?.kill('SIGCONT'), kill, restart: start }
}

export const inMemory = ["save ''", 'appendonly no']

export async function startRedisWithTls(t: Test): Promise<RedisServer & { readonly ca: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-redis-tls-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { ca, ...authority } = makeAuthority(folder)
  const { cert, key } = authority.issue('IP:127.0.0.1,DNS:redis.test')
  const place = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const [caFile, certFile, keyFile] = [place('ca.pem', ca), place('own.crt', cert), place('own.key', key)]
  const config = [`tls-ca-cert-file ${caFile}`, `tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`]
  const server = await startRedis(t, {
    config: [...inMemory, ...config, 'tls-auth-clients no'],
    tls: ['--tls', '--cacert', caFile],
  })
  return { ...server, ca }
}

/** Three masters without replicas. */
export async function startRedisCluster(t: Test): Promise<readonly RedisServer[]> {
  const buses = await Promise.all([unusedPort(), unusedPort(), unusedPort()])
  const config = (bus: number) => [
    ...inMemory,
    'cluster-enabled yes',
    `cluster-port ${bus}`,
    'cluster-node-timeout 2000',
  ]
  const nodes = await Promise.all(buses.map(bus => startRedis(t, { config: config(bus) })))
  const slots = ['0 5460', '5461 10922', '10923 16383']
  for (const [index, node] of nodes.entries()) {
    await node.cli('cluster', 'set-config-epoch', String(index + 1))
    await node.cli('cluster', 'addslotsrange', ...(slots[index] ?? '').split(' '))
    await node.cli('cluster', 'meet', '127.0.0.1', String(nodes[0]?.port), String(buses[0]))
  }
  for (const node of nodes)
    await until(async () => {
      const info = await node.cli('cluster', 'info')
      return /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info)
    })
  return nodes
}

export type SentinelGroup = {
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly sentinels: readonly RedisServer[]
}

export async function startSentinelGroup(t: Test): Promise<SentinelGroup> {
  const master = await startRedis(t, { config: inMemory })
  const replica = await startRedis(t, {
    config: [...inMemory, `replicaof 127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay 0'],
  })
  const watch = [
    `sentinel monitor sallyport 127.0.0.1 ${master.port} 2`,
    'sentinel down-after-milliseconds sallyport 500',
    'sentinel failover-timeout sallyport 3000',
  ]
  const start = () => startRedis(t, { config: watch, mode: ['--sentinel'] })
  const sentinels = await Promise.all([start(), start(), start()])
  for (const sentinel of sentinels)
    await until(async () => {
      const known = await sentinel.cli('sentinel', 'master', 'sallyport')
      return /num-other-sentinels\n2\n/.test(known) && /num-slaves\n1\n/.test(known)
    })
  return { master, replica, sentinels }
}

/** What a configuration would say about it. */
export const redisConfig = ({ port }: { readonly port: number }, over: Partial<RedisConfig> = {}): RedisConfig => ({
  at: { kind: 'single', host: '127.0.0.1', port },
  database: 0,
  username: undefined,
  password: undefined,
  tls: undefined,
  keyPrefix: 'sallyport:',
  timeoutMs: 500,
  downForMs: 3000,
  ...over,
})

export const nodesOf = (servers: readonly RedisServer[]) => servers.map(({ port }) => ({ host: '127.0.0.1', port }))

/** Every byte that lies in it, as far as commands can tell. */
export async function dumpOf({ cli }: RedisServer): Promise<string> {
  const keys = (await cli('--scan')).split('\n').filter(key => key !== '')
  const values = await Promise.all(keys.map(key => contentOf(cli, key)))
  return [...keys, ...values].join('\n')
}

async function contentOf(cli: RedisServer['cli'], key: string): Promise<string> {
  const type = await cli('type', key)
  if (type === 'hash') return cli('hgetall', key)
  if (type === 'zset') return cli('zrange', key, '0', '-1', 'WITHSCORES')
  return type === 'string' ? cli('get', key) : `unexpected ${type}`
}

/** Retries until it holds; a failure on the way is a "not yet". */
export async function until(
  condition: () => Promise<boolean> | boolean,
  patienceMs: Milliseconds = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs
  for (;;) {
    const holds = await Promise.resolve()
      .then(condition)
      .catch(() => false)
    if (holds) return
    if (performance.now() > end) throw new Error('waited too long')
    await pause(20)
  }
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
