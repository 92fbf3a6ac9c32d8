// The hunts that need no running gateway, for a few seconds each; those that do are invariants of the attack suite. `npm run fuzz` goes on for as long as it is told.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configurations } from './configurations.ts'
import { holds, keptCases } from './hunt.ts'
import { grounds } from './hunts.ts'
import { returnTargets } from './return-targets.ts'
import { tokens } from './tokens.ts'

t.test('a spoilt configuration is a configuration or a list of problems', async t => {
  await holds(t, configurations, 200, 'refused')
})

t.test('nobody is signed in or out by what a provider should not have said', async t => {
  await holds(t, tokens, 250, 'refused', 'believed')
})

t.test('every login ends at home', async t => {
  await holds(t, returnTargets, 5000, 'the front page', 'kept')
})

t.test('every case that was kept belongs to a hunt, which tries it first', async t => {
  const names = grounds.map(({ hunt }) => hunt.name)
  for (const file of readdirSync(join(import.meta.dirname, 'cases'))) {
    const name = file.replace(/\.json$/, '')
    t.ok(names.includes(name), file)
    for (const kept of keptCases(name)) t.match(kept, { broke: String }, `${file} says what was broken`)
  }
})
