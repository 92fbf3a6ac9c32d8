// The configuration that the chart puts into its ConfigMap, and the one of the sidecar example, are such as the gateway loads.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { loadText } from '../support/configurations.ts'
import { chart, type Manifest, manifestsOf, readManifests } from '../support/helm.ts'
import { missing } from '../support/services.ts'

for (const file of globSync('ci/*-values.yaml', { cwd: chart })) {
  t.test(`the gateway loads what the chart makes of ${file}`, { skip: missing('helm') }, async t => {
    t.match(await loadText(t, configurationIn(manifestsOf([file]))), { ok: true })
  })

  t.test(`the chart hands on the configuration of ${file} as it is written`, { skip: missing('helm') }, async t => {
    const { config } = parse(readFileSync(join(chart, file), 'utf8'))
    const rendered = parse(configurationIn(manifestsOf([file])))
    t.match(rendered, config)
    t.strictSame(rendered.routes, config.routes)
  })
}

t.test('numbers and quoted texts keep their types on the way', { skip: missing('helm') }, async t => {
  const config = { session: { store: { maxSessions: 10_000_000 } }, log: { level: '1e3' }, server: { prefix: 'yes' } }
  t.match(parse(configurationIn(manifestsOf(['ci/minimal-values.yaml'], { config }))), config)
})

t.test('the gateway loads the configuration of the sidecar example', async t => {
  const example = readFileSync(join(chart, '../examples/sidecar.yaml'), 'utf8')
  t.match(await loadText(t, configurationIn(readManifests(example))), { ok: true })
})

t.test('the gateway refuses a key that does not exist, wherever it was written', { skip: missing('helm') }, async t => {
  const manifests = manifestsOf(['ci/minimal-values.yaml'], { config: { sesion: { idle: '1h' } } })
  t.match(await loadText(t, configurationIn(manifests)), { ok: false })
})

function configurationIn(manifests: readonly Manifest[]): string {
  const data = manifests.find(({ kind }) => kind === 'ConfigMap')?.data
  return String(Reflect.get(data ?? {}, 'sallyport.yaml'))
}
