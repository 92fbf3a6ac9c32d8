// The Dockerfile, read rule by rule: what is in the image, who runs it, and that it runs what the build makes.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import { execForm, readInstructions, readStages, type Stage, textsOf } from './support/dockerfile.ts'

const root = join(import.meta.dirname, '..')
const readRoot = (name: string): string => readFileSync(join(root, name), 'utf8')

const instructions = readInstructions(readRoot('Dockerfile'))
const stages = readStages(instructions)
const final = stages.at(-1) as Stage
const ignored = readRoot('.dockerignore')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))

t.test('every image is one that we chose: a tag of its own, never "latest"', async t => {
  for (const { image } of stages) t.match(image, /^[a-z0-9./-]+:(?!latest)[a-z0-9][A-Za-z0-9._-]+$/)
})

t.test('the build runs on the reference Node', async t => {
  const reference = /REFERENCE_NODE = '(.+)'/.exec(readRoot('scripts/run.mjs'))?.[1]
  t.match(stages[0]?.image, `node:${reference}-`)
  t.match(final.image, `nodejs${reference?.split('.')[0]}-`)
})

t.test('nothing is fetched from a URL', async t => {
  t.strictSame(
    instructions.filter(({ word }) => word === 'ADD'),
    [],
  )
  t.strictSame(
    instructions.filter(({ text }) => /https?:/.test(text)),
    [],
  )
})

t.test('no secret is built in', async t => {
  const settings = instructions.filter(({ word }) => word === 'ARG' || word === 'ENV')
  t.strictSame(
    settings.filter(({ text }) => /secret|token|password|key/i.test(text)),
    [],
  )
})

t.test('every install follows the lockfile and runs no package script', async t => {
  const installs = instructions.filter(({ word, text }) => word === 'RUN' && /\bnpm\b/.test(text))
  t.ok(installs.length > 0)
  for (const { text } of installs) t.match(text, /^npm ci .*--ignore-scripts\b/)
})

t.test(
  'the image holds the compiled code, production dependencies, the demo configuration and the licence',
  async t => {
    const copied = textsOf(final, 'COPY')
    t.strictSame(copied, [
      'package.json LICENSE ./',
      'config config',
      '--from=dependencies /app/node_modules node_modules',
      '--from=build /app/dist dist',
    ])
    const dependencies = stages.find(({ name }) => name === 'dependencies') as Stage
    t.match(textsOf(dependencies, 'RUN').join(), /^npm ci --omit=dev [^,]*$/)
  },
)

t.test('the last stage runs nothing while it is built: it has no shell', async t => {
  t.strictSame(textsOf(final, 'RUN'), [])
})

t.test('the process is not root, and says so by number', async t => {
  t.strictSame(textsOf(final, 'USER'), ['65532:65532'])
})

t.test('the program is started without a shell, so that signals reach it', async t => {
  for (const word of ['ENTRYPOINT', 'CMD']) t.doesNotThrow(() => execForm(final, word), word)
  t.strictSame(textsOf(final, 'STOPSIGNAL'), ['SIGTERM'])
})

t.test('the program that is started is the one that the build makes', async t => {
  const built = join('/app', packageJson.bin.sallyport)
  t.equal(execForm(final, 'ENTRYPOINT').at(-1), built)
  t.match(readRoot('scripts/build.ts'), packageJson.bin.sallyport)
  const build = stages.find(({ name }) => name === 'build') as Stage
  t.equal(textsOf(build, 'RUN').at(-1), packageJson.scripts.build.replace('exec node scripts/run.mjs ', 'node '))
})

t.test('the image asks for its own health by our own command', async t => {
  const [text = ''] = textsOf(final, 'HEALTHCHECK')
  const command: unknown = JSON.parse(text.slice(text.indexOf('[')))
  t.match(text, /^(?:--\S+ )+CMD \[/)
  t.strictSame(command, ['/nodejs/bin/node', execForm(final, 'ENTRYPOINT').at(-1), 'health'])
})

t.test('the flags of the entry point are known to Node', async t => {
  const [node, ...flags] = execForm(final, 'ENTRYPOINT').slice(0, -1)
  t.equal(node, '/nodejs/bin/node')
  const known = spawnSync(process.execPath, [...flags, '-e', ''])
  t.equal(known.status, 0, String(known.stderr))
})

t.test('the image starts as the chart and the sidecar start it', async t => {
  const args = execForm(final, 'CMD')
  const written = `args: [${args.join(', ')}]`
  t.match(readRoot('helm/sallyport/templates/deployment.yaml'), written)
  t.match(readRoot('helm/examples/sidecar.yaml'), written)
})

t.test('the labels name the version of the package', async t => {
  t.match(textsOf(final, 'ARG').join(), `VERSION=${packageJson.version}`)
  t.match(textsOf(final, 'LABEL').join(), /org\.opencontainers\.image\.licenses="Apache-2\.0"/)
})

t.test('only what is copied enters the build context', async t => {
  const sources = stages.flatMap(stage => textsOf(stage, 'COPY')).filter(text => !text.startsWith('--from'))
  const names = [...new Set(sources.flatMap(text => text.split(' ').slice(0, -1)))]
  t.strictSame(
    ignored
      .slice(1)
      .map(line => line.slice(1))
      .toSorted(),
    names.toSorted(),
  )
  for (const outside of ['node_modules', '.git', 'test', 'dist', 'docs', '.env']) t.ok(isIgnored(outside), outside)
  for (const inside of ['src', 'package.json', '.npmrc']) t.notOk(isIgnored(inside), inside)
})

t.test('everything that is copied is there', async t => {
  for (const name of ignored.slice(1).map(line => line.slice(1))) t.ok(existsSync(join(root, name)), name)
})

/** The last pattern that matches decides; "!" lets through again. */
function isIgnored(name: string): boolean {
  const last = ignored.findLast(line => matchesGlob(name, line.replace('!', '').replace(/^\*$/, '{*,.*}')))
  return last !== undefined && !last.startsWith('!')
}
