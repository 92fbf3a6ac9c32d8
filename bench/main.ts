// `npm run bench [-- [--quick] [--only=WORD,…] [PART …]]`: measures the gateway beside its peers on this machine and writes what it found into bench/results/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { goalsTable } from './goals.ts'
import { prepareGround } from './ground.ts'
import { chooseCores, describeMachine } from './machine.ts'
import { paces } from './pace.ts'
import { parts } from './parts/index.ts'
import type { Figures, Findings, Part } from './parts/part.ts'
import { build, type Shipped } from './shipped.ts'
import { onStage } from './stage.ts'

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
  allowPositionals: true,
})
const pace = values.quick ? paces.quick : paces.full
const only = values.only.split(',').filter(word => word !== '')
const cores = chooseCores()
const FIGURES = 'figures.json'
const results = join(import.meta.dirname, 'results')

const unknown = positionals.filter(name => !parts.has(name))
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}, only ${[...parts.keys()].join(', ')}`)
const wanted = [...parts].filter(([name]) => positionals.length === 0 || positionals.includes(name))

await onStage(async stage => {
  const shipped = build(stage)
  const all: Findings[] = []
  for (const [name, part] of wanted) all.push(await play(name, part, shipped))
  const goals = goalsTable(known())
  console.log(`\n${goals}`)
  write('goals.md', `# Goals\n\n${goals}\nEach figure is that of the last run of its part.\n`)
  process.exitCode = all.some(({ faults = [] }) => faults.length > 0) ? 1 : 0
})

async function play(name: string, part: Part, shipped: Shipped): Promise<Findings> {
  console.log(name)
  const findings = await onStage(async stage =>
    part({ ground: await prepareGround(stage, { only, cores }), shipped, pace }),
  )
  const { title, markdown, charts = {}, faults = [], figures } = findings
  write(FIGURES, `${JSON.stringify({ ...known(), ...figures }, undefined, 2)}\n`)
  const pictures = Object.keys(charts).map(file => `![${title}](${file})\n\n`)
  write(`${name}.md`, `# ${title}\n${markdown}\n${pictures.join('')}${about()}`)
  for (const [file, svg] of Object.entries(charts)) write(file, svg)
  console.log(markdown)
  for (const fault of faults) console.log(`FAULT ${fault}`)
  return findings
}

/** What this run and earlier ones have found, so that parts can be measured one by one. */
function known(): Figures {
  const file = join(results, FIGURES)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

function about(): string {
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ${describeMachine(cores)}.\n`
}

function write(file: string, text: string): void {
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, file), text)
}
