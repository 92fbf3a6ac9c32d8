// `npm run bench [-- --quick] [part …]`: measures the gateway beside its peers on this machine, and writes what it found into bench/results/.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { goalsTable } from './goals.ts'
import { prepareGround } from './ground.ts'
import { describeMachine } from './machine.ts'
import { paces } from './pace.ts'
import type { Findings, Part } from './parts/part.ts'
import { requests } from './parts/requests.ts'
import { build, type Shipped } from './shipped.ts'
import { onStage } from './stage.ts'

const parts: Readonly<Record<string, Part>> = { requests }
const results = join(import.meta.dirname, 'results')

const words = process.argv.slice(2)
const pace = words.includes('--quick') ? paces.quick : paces.full
const named = words.filter(word => !word.startsWith('--'))
const unknown = named.filter(name => !Object.hasOwn(parts, name))
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}, only ${Object.keys(parts).join(', ')}`)

await onStage(async stage => {
  const shipped = build(stage)
  const all: Findings[] = []
  for (const name of named.length > 0 ? named : Object.keys(parts)) all.push(await play(name, shipped))
  const figures = Object.assign({}, ...all.map(findings => findings.figures))
  const goals = goalsTable(figures)
  if (named.length === 0) writeFileSync(join(results, 'goals.md'), `# Goals\n\n${goals}`)
  console.log(`\n${goals}`)
  const faults = all.flatMap(findings => findings.faults ?? [])
  for (const fault of faults) console.log(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
})

async function play(name: string, shipped: Shipped): Promise<Findings> {
  console.log(name)
  const findings = await onStage(async stage => {
    const ground = await prepareGround(stage)
    const part = parts[name]
    if (!part) throw new Error(`there is no part ${name}`)
    const found = await part({ ground, shipped, pace })
    return { ...found, machine: describeMachine(ground.cores) }
  })
  const { title, markdown, charts = {}, machine } = findings
  mkdirSync(results, { recursive: true })
  const pictures = Object.keys(charts).map(file => `![${title}](${file})\n\n`)
  writeFileSync(join(results, `${name}.md`), `# ${title}\n${markdown}\n${pictures.join('')}${machine}.\n`)
  for (const [file, svg] of Object.entries(charts)) writeFileSync(join(results, file), svg)
  console.log(markdown)
  return findings
}
