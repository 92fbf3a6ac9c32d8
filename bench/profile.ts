// `npm run bench:profile -- [--down=BYTES] [memory|cookie|redis|bare][, undici lane] [seconds]`: where the gateway's time goes under the load of the benchmark, by V8's profiler.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { browserRequest } from './browser-request.ts'
import { cpuUs } from './cpu.ts'
import { type CpuProfile, type Row, type Span, selfTimes, totalTimes } from './cpu-profile.ts'
import { prepareGround } from './ground.ts'
import { startLoad } from './load.ts'
import { chooseCores } from './machine.ts'
import type { Peer } from './peers/peer.ts'
import { sallyportVariants } from './peers/variants.ts'
import { type Names, namesIn } from './profile-names.ts'
import { build } from './shipped.ts'
import { onStage } from './stage.ts'
import { bodyOf, page } from './upstream.ts'

const WARM_UP_MS = 4000
const CONNECTIONS = 64
const ROWS = 30
const INTERVAL_US = 250

const { values, positionals } = parseArgs({ options: { down: { type: 'string' } }, allowPositionals: true })
const [wanted = 'memory', seconds = '10'] = positionals

type Measured = { readonly span: Span; readonly answers: number; readonly cpuUs: number }

await onStage(async stage => {
  const ground = await prepareGround(stage, { cores: chooseCores() })
  const shipped = build(stage)
  const flags = ['--cpu-prof', '--cpu-prof-name=cpu.json', `--cpu-prof-interval=${INTERVAL_US}`]
  const variants = sallyportVariants(shipped, flags)
  const variant = variants.find(({ name }) => name === `Sallyport, ${wanted}`)
  if (!variant) throw new Error(`there is no ${wanted}, only ${variants.map(({ name }) => name).join(', ')}`)
  const peer = await variant.start(ground)
  const measured = await underLoad(peer, Number(seconds) * 1000)
  await peer.program.stop()
  const profile: CpuProfile = JSON.parse(readFileSync(join(peer.program.folder, 'cpu.json'), 'utf8'))
  report(variant.name, profile, { ...measured, names: namesIn(shipped.folder) })
})

async function underLoad({ base, host, port, cookies, program }: Peer, ms: number): Promise<Measured> {
  const [what, body] = values.down ? [`down-${values.down}`, bodyOf(Number(values.down))] : ['page', page]
  const request = browserRequest({ path: `${base}/${what}`, host, cookies: await cookies() })
  const load = startLoad({ port, request, body, connections: CONNECTIONS })
  await pause(WARM_UP_MS)
  load.begin()
  const before = { us: nowUs(), cpu: cpuUs(program.pid) }
  await pause(ms)
  const { answers, wrong } = load.take()
  const after = { us: nowUs(), cpu: cpuUs(program.pid) }
  load.stop()
  if (Object.keys(wrong).length > 0) throw new Error(`wrong answers: ${JSON.stringify(wrong)}`)
  return { span: { fromUs: before.us, toUs: after.us }, answers, cpuUs: after.cpu - before.cpu }
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

function report(
  name: string,
  profile: CpuProfile,
  { span, answers, cpuUs, names }: Measured & { readonly names: Names },
): void {
  const each = cpuUs / answers
  console.log(`${name}: ${answers} answers, ${each.toFixed(1)} µs of CPU for each, the profiler's own part included`)
  print('room: time in its own code', selfTimes(profile, span, names.byRoom), each)
  print('function: time in itself', selfTimes(profile, span, names.byFunction), each)
  print('function of ours: time in it and in all that it called', totalTimes(profile, span, names.ours), each)
}

function print(title: string, rows: readonly Row[], each: number): void {
  console.log(`\n share      µs  ${title}`)
  for (const { name, share } of rows.slice(0, ROWS))
    console.log(`${(share * 100).toFixed(1).padStart(5)} % ${(share * each).toFixed(1).padStart(6)}  ${name}`)
}
