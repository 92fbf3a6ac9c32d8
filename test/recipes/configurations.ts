// Every block of the recipes that is marked as a configuration loads, and every block marked as values renders and loads.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { loadText } from '../support/configurations.ts'
import { manifestsOf } from '../support/helm.ts'
import { missing } from '../support/services.ts'

const recipes = join(import.meta.dirname, '../../docs/recipes')
const blocks = globSync('*.md', { cwd: recipes }).flatMap(file => blocksOf(file))

t.ok(blocks.some(({ mark }) => mark === 'sallyport.yaml'))
t.ok(blocks.some(({ mark }) => mark === 'values.yaml'))

for (const { file, line, mark, text } of blocks) {
  if (mark === 'sallyport.yaml')
    t.test(`the configuration at ${file}:${line} loads`, async t => {
      t.match(await loadText(t, text), { ok: true })
    })
  else
    t.test(`the values at ${file}:${line} make a configuration that loads`, { skip: missing('helm') }, async t => {
      const manifests = manifestsOf([], parse(text))
      const data = manifests.find(({ kind }) => kind === 'ConfigMap')?.data
      t.match(await loadText(t, String(Reflect.get(data ?? {}, 'sallyport.yaml'))), { ok: true })
    })
}

/** A marked block starts with "```yaml sallyport.yaml" or "```yaml values.yaml". */
function blocksOf(file: string) {
  const text = readFileSync(join(recipes, file), 'utf8')
  return Array.from(text.matchAll(/^```yaml (sallyport|values)\.yaml\n(.*?)^```$/gms), match => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    mark: `${match[1]}.yaml`,
    text: match[2] ?? '',
  }))
}
