// What we are made of: pinned to the byte, under licences that we may pass on, without anything that runs while it is installed.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lockedPackages, neededBy, productionPackages } from '../scripts/lockfile.ts'

const root = join(import.meta.dirname, '..')
const manifestAt = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
const { name, version, scripts, dependencies, devDependencies } = manifestAt('.')

t.test('every dependency is named in one exact version', async t => {
  const wanted = Object.entries<string>({ ...dependencies, ...devDependencies })
  t.ok(wanted.length > 15)
  t.strictSame(
    wanted.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  )
})

t.test('the lockfile names no place to download from, so it is good for every mirror', async t => {
  t.strictSame(
    lockedPackages.filter(entry => 'resolved' in entry),
    [],
  )
})

t.test('what is installed is pinned by its hash', async t => {
  const unpinned = lockedPackages.filter(({ integrity }) => !integrity?.startsWith('sha512-'))
  t.strictSame(
    unpinned.filter(({ dev, optional, os }) => !(dev && optional && os)),
    [],
    'but for tools of the workshop on other machines',
  )
})

t.test('nothing wants to run while it is installed, and nothing of ours does', async t => {
  t.strictSame(
    lockedPackages.filter(({ hasInstallScript }) => hasInstallScript).map(({ path }) => path),
    [],
  )
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) t.notOk(hook in scripts, hook)
})

/** The first release of each line that carries the fixes we know to matter; of a line that is not here none does. */
const floors: Readonly<Record<string, readonly string[]>> = {
  fastify: ['5.12.8'],
  '@fastify/http-proxy': ['11.6.3'],
  '@fastify/reply-from': ['12.6.5'],
  '@fastify/proxy-addr': ['5.1.3'],
  'find-my-way': ['9.10.1'],
  'fast-uri': ['3.1.9', '4.1.5'],
  undici: ['6.29.1', '7.30.2', '8.12.4'],
  ws: ['8.23.0'],
  jose: ['6.2.17'],
  'openid-client': ['6.8.9'],
  oauth4webapi: ['3.8.8'],
}

t.test('no copy of a package, wherever it lies, is older than the fixes that we rely on (K-14)', async t => {
  for (const [name, lines] of Object.entries(floors)) {
    const copies = lockedPackages.filter(one => one.name === name)
    t.not(copies.length, 0, name)
    for (const { path, version } of copies)
      t.ok(
        lines.some(floor => reaches(version, floor)),
        `${path} ${version}`,
      )
  }
  for (const [version, floor, wanted] of [
    ['7.30.1', '7.30.2', false],
    ['7.30.2', '7.30.2', true],
    ['7.100.0', '7.30.2', true],
    ['8.0.0', '7.30.2', false],
  ] as const)
    t.equal(reaches(version, floor), wanted, `${version} and ${floor}`)
})

/** Of the same line, and not before it. */
function reaches(version: string, floor: string): boolean {
  const [[major, minor = 0, patch = 0], [line, leastMinor = 0, leastPatch = 0]] = [numbersOf(version), numbersOf(floor)]
  return major === line && (minor > leastMinor || (minor === leastMinor && patch >= leastPatch))
}

function numbersOf(version: string): readonly number[] {
  return version.split('.').map(Number)
}

/** They ask for nothing but to be named, so they go with ours. */
const licences = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0'])

t.test('every package in production says itself that its licence is one of those we pass on', async t => {
  t.ok(productionPackages.length > 50)
  const said = productionPackages.map(({ path }) => `${path}: ${manifestAt(path).license}`)
  t.strictSame(
    said.filter(line => !licences.has(line.split(': ')[1] ?? '')),
    [],
  )
})

t.test('what runs in production is what our dependencies need, and nothing besides', async t => {
  const reached = new Set(neededBy({ dependencies }, ''))
  for (const one of reached) for (const next of neededBy(one, one.path)) reached.add(next)
  const paths = (packages: Iterable<{ readonly path: string }>) => Array.from(packages, ({ path }) => path).sort()
  t.strictSame(paths(reached), paths(productionPackages))
})

t.test('the bill of materials names every package in production, and says how they hang together', async t => {
  const [bill, again] = [sbom(), sbom()]
  t.equal(bill, again, 'byte for byte the same')
  t.strictSame(
    Array.from(bill.matchAll(/https?:\/\/[^/"]*/g), ([site]) => site),
    ['http://cyclonedx.org'],
    'only the schema has an address',
  )
  const { components, dependencies: graph, ...rest } = JSON.parse(bill)
  t.match(rest, {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    version: 1,
    metadata: { component: { type: 'application', name, version, purl: `pkg:npm/${name}@${version}` } },
  })
  t.strictSame(namesIn(components), [...new Set(productionPackages.map(one => `${one.name}@${one.version}`))].sort())
  for (const component of components)
    t.match(component, {
      type: 'library',
      'bom-ref': component.purl,
      purl: /^pkg:npm\/(?:%40[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/,
      scope: /^(?:required|optional)$/,
      licenses: [{ license: { id: /^[\w.-]+$/ } }],
      hashes: [{ alg: 'SHA-512', content: /^[0-9a-f]{128}$/ }],
    })
  const refs = [`pkg:npm/${name}@${version}`, ...components.map((component: Component) => component.purl)]
  t.equal(new Set(refs).size, refs.length)
  t.strictSame(
    graph.map(({ ref }: Edge) => ref),
    refs,
  )
  t.strictSame(
    new Set(graph.flatMap(({ dependsOn }: Edge) => dependsOn)),
    new Set(refs.slice(1).sort()),
    'somebody needs each of them, and nobody needs any other',
  )
})

type Component = { readonly group?: string; readonly name: string; readonly version: string; readonly purl: string }
type Edge = { readonly ref: string; readonly dependsOn: readonly string[] }

const namesIn = (components: readonly Component[]): readonly string[] =>
  components.map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`).sort()

function sbom(): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/sbom.ts', '-'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}
