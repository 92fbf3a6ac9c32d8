// A gateway with many sessions in it, as a process of its own: how much memory it takes, empty and full.
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stringify } from 'yaml'
import { openBrowser } from '../test/support/browser.ts'
import { freePort } from '../test/support/gate.ts'
import { routesTo } from '../test/support/replicas.ts'
import { residentBytes } from './cpu.ts'
import type { Kind } from './crowd.ts'
import type { Stage } from './stage.ts'

const project = dirname(import.meta.dirname)

/** Inside node_modules, so that the code finds its packages. As JavaScript, because stripping types takes 30 MB of its own. */
export function compileCrowd(stage: Stage): string {
  const folder = mkdtempSync(join(project, 'node_modules/.bench-sessions-'))
  stage.teardown(() => rmSync(folder, { recursive: true }))
  const compilerOptions = { rootDir: project, outDir: folder }
  const include = [join(project, 'src'), join(project, 'bench/crowd.ts')]
  const settings = { extends: join(project, 'tsconfig.build.json'), compilerOptions, include }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const { status } = spawnSync(join(project, 'node_modules/.bin/tsc'), ['-p', folder], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the gateway does not compile')
  return folder
}

export type Crowd = {
  /** Of compileCrowd. */
  readonly folder: string
  readonly upstream: string
  readonly kind: Kind
  readonly count: number
  /** For Node. */
  readonly flags: readonly string[]
  /** Between the last visit and the look at the memory. */
  readonly settleMs: number
}

/** In MB of 10^6 bytes. `failed`: how many of those asked afterwards were not let in. */
export type Measured = {
  readonly emptyMb: number
  readonly fullMb: number
  readonly seconds: number
  readonly failed: number
}

export async function measureCrowd(stage: Stage, crowd: Crowd): Promise<Measured> {
  const { folder, upstream, kind, count, flags, settleMs } = crowd
  const origin = `http://localhost:${await freePort()}`
  const file = join(folder, `${kind}.yaml`)
  const corp = { name: 'corp', issuer: 'http://127.0.0.1:9/realms/corp', clientId: 'sallyport' }
  const server = { listen: new URL(origin).host.replace('localhost', '127.0.0.1'), publicUrl: origin }
  writeFileSync(file, stringify({ server, providers: [corp], routes: routesTo(upstream) }))
  const child = fork(join(folder, 'bench/crowd.js'), [file, kind, String(count)], { execArgv: [...flags] })
  stage.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
  await ask(origin, [''])
  const residentMb = () => residentBytes(child.pid ?? 0) / 1e6
  const emptyMb = residentMb()
  const began = performance.now()
  child.send('fill')
  const [cookies] = await once(child, 'message')
  const seconds = (performance.now() - began) / 1000
  const statuses = await ask(origin, cookies)
  await pause(settleMs)
  const fullMb = residentMb()
  child.kill('SIGKILL')
  return { emptyMb, fullMb, seconds, failed: statuses.filter(status => status !== 200).length }
}

async function ask(origin: string, cookies: readonly string[]): Promise<readonly number[]> {
  const statuses: number[] = []
  for (const cookie of cookies) statuses.push((await openBrowser(origin).fetch('/', { headers: { cookie } })).status)
  return statuses
}
