// `npm run bench:sessions`: how much memory a gateway takes, empty and with 100,000 sessions in it. Goal: 190 MB of resident memory.
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { openBrowser } from '../test/support/browser.ts'
import { freePort } from '../test/support/gate.ts'
import { routesTo, startApplication } from '../test/support/replicas.ts'
import type { Kind } from './crowd.ts'

const GOAL_MB = 190
const SETTLE_MS = 10_000
const count = Number(process.argv[2] ?? 100_000)
const kinds: ReadonlyArray<readonly [Kind, string]> = [
  ['lean', 'ID token ES256, opaque access and refresh tokens'],
  ['usual', 'ID token RS256, opaque access and refresh tokens'],
  ['jwts', 'three JWTs, as Keycloak gives out'],
]

const project = dirname(import.meta.dirname)
const undoings: Array<() => unknown> = []
const bench = { teardown: (undo: () => unknown) => void undoings.unshift(undo) }

/** Inside node_modules, so that the code finds its packages. As JavaScript, because stripping types takes 30 MB of its own. */
function compile(): string {
  const folder = mkdtempSync(join(project, 'node_modules/.bench-sessions-'))
  bench.teardown(() => rmSync(folder, { recursive: true }))
  const compilerOptions = { rootDir: project, outDir: folder }
  const include = [join(project, 'src'), join(project, 'bench/crowd.ts')]
  const settings = { extends: join(project, 'tsconfig.build.json'), compilerOptions, include }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const { status } = spawnSync(join(project, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the gateway does not compile')
  return folder
}

/** What the kernel says, in MB of 10^6 bytes. */
function residentMb({ pid }: ChildProcess): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return (Number(kilobytes) * 1024) / 1e6
}

type Measured = { readonly emptyMb: number; readonly fullMb: number; readonly seconds: number; readonly failed: number }

async function measure(folder: string, upstream: string, kind: Kind): Promise<Measured> {
  const origin = `http://localhost:${await freePort()}`
  const file = join(folder, `${kind}.yaml`)
  const corp = { name: 'corp', issuer: 'http://127.0.0.1:9/realms/corp', clientId: 'sallyport' }
  const server = { listen: new URL(origin).host.replace('localhost', '127.0.0.1'), publicUrl: origin }
  writeFileSync(file, stringify({ server, providers: [corp], routes: routesTo(upstream) }))
  const child = fork(join(folder, 'bench/crowd.js'), [file, kind, String(count)], { execArgv: [] })
  bench.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
  await ask(origin, [''])
  const emptyMb = residentMb(child)
  const began = performance.now()
  child.send('fill')
  const [cookies] = await once(child, 'message')
  const seconds = (performance.now() - began) / 1000
  const statuses = await ask(origin, cookies)
  await pause(SETTLE_MS)
  const fullMb = residentMb(child)
  child.kill('SIGKILL')
  return { emptyMb, fullMb, seconds, failed: statuses.filter(status => status !== 200).length }
}

async function ask(origin: string, cookies: readonly string[]): Promise<readonly number[]> {
  const statuses: number[] = []
  for (const cookie of cookies) statuses.push((await openBrowser(origin).fetch('/', { headers: { cookie } })).status)
  return statuses
}

try {
  const upstream = await startApplication(bench)
  const folder = compile()
  console.log(`Resident memory (VmRSS) of one gateway, empty and with ${count} sessions in memory; goal ${GOAL_MB} MB.`)
  console.log('It is put together as the command `start` does it, without the admin listener; the sessions are begun')
  console.log(`through its own session room, then a thousand visitors ask for a page, then ${SETTLE_MS / 1000} s pass.`)
  const rows: Record<string, Record<string, number>> = {}
  for (const [kind, words] of kinds) {
    const { emptyMb, fullMb, seconds, failed } = await measure(folder, upstream, kind)
    const bytesEach = Math.round(((fullMb - emptyMb) * 1e6) / count)
    rows[words] = { 'empty MB': Math.round(emptyMb), 'full MB': Math.round(fullMb), 'bytes each': bytesEach, failed }
    console.log(`${words}: filled in ${seconds.toFixed(0)} s`)
  }
  console.table(rows)
  const isGood = Object.values(rows).every(row => (row['full MB'] ?? 0) <= GOAL_MB && row.failed === 0)
  process.exitCode = isGood ? 0 : 1
} finally {
  for (const undo of undoings) await undo()
}
