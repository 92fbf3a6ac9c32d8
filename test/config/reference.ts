// The documents about the configuration say what the code does.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configurationReference } from '../../scripts/docs-configuration.ts'
import { loadConfig, printProblems } from '../../src/config/load.ts'
import { strongSecret } from './reading.ts'

const root = join(import.meta.dirname, '../..')

t.test('the reference is the one that the schema yields (node scripts/docs-configuration.ts)', async t => {
  t.equal(readFileSync(join(root, 'docs/configuration.md'), 'utf8'), configurationReference())
})

t.test('no cell of the reference is left without a meaning', async t => {
  const rows = configurationReference()
    .split('\n')
    .filter(line => line.startsWith('| `'))
  t.ok(rows.length > 80)
  t.same(
    rows.filter(row => !/^\| `[^`]+` \| [^|]+ \|[^|]*\| [^|]{8,} \|$/.test(row)),
    [],
  )
})

for (const name of ['minimal', 'example']) {
  t.test(`the ${name} configuration is fine and warns of nothing`, async t => {
    const file = join(root, `config/sallyport.${name}.yaml`)
    const result = await loadConfig(file, { env: { OIDC_CLIENT_SECRET: 'hunter2', SESSION_SECRET: strongSecret } })
    t.match(result, { ok: true, warnings: [] }, result.ok ? '' : printProblems(file, result.problems))
  })
}
