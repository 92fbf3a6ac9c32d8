// The npm package as a stranger gets it: packed, unpacked somewhere else, and asked what it can do.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { publint } from 'publint'
import t from 'tap'
import { nodeProblem } from '../src/node-floor.ts'

const root = dirname(import.meta.dirname)
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** `npm pack` builds dist on its way; what it packed is unpacked, and finds our dependencies beside it. */
const home = t.testdir()
const packed = spawnSync('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', home], {
  cwd: root,
  encoding: 'utf8',
})
const unpacked = spawnSync('tar', ['-xzf', join(home, `sallyport-${version}.tgz`), '-C', home], { encoding: 'utf8' })
const folder = join(home, 'package')
symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))

const sallyport = (...args: string[]) => spawnSync(join(folder, 'dist/main.js'), args, { encoding: 'utf8' })

t.test('the package can be built and packed', async t => {
  t.equal(packed.status, 0, packed.stderr)
  t.equal(unpacked.status, 0, unpacked.stderr)
})

t.test('it holds the program and what a reader needs, and nothing of our workshop', async t => {
  const listed = spawnSync('tar', ['-tzf', join(home, `sallyport-${version}.tgz`)], { encoding: 'utf8' })
  const places = new Set(
    listed.stdout
      .trim()
      .split('\n')
      .map(path => path.split('/')[1] ?? ''),
  )
  for (const place of ['dist', 'package.json', 'LICENSE', 'CHANGELOG.md']) t.ok(places.has(place), place)
  for (const place of ['src', 'test', 'scripts', '.ci', 'node_modules']) t.notOk(places.has(place), place)
  t.notMatch(listed.stdout, /\.ts$/m)
})

t.test('publint finds nothing to say', async t => {
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: false })
  t.strictSame(messages, [])
})

t.test('the program is executable and tells its version', async t => {
  t.doesNotThrow(() => accessSync(join(folder, 'dist/main.js'), constants.X_OK))
  const { status, stdout } = sallyport('--version')
  t.strictSame({ status, stdout: stdout.trim() }, { status: 0, stdout: version })
})

t.test('the program tells what it can do', async t => {
  const { status, stdout } = sallyport('--help')
  t.equal(status, 0)
  t.match(stdout, 'start')
})

t.test('an unknown command is refused with the ones there are', async t => {
  const { status, stderr } = sallyport('strat')
  t.not(status, 0)
  t.match(stderr, /"strat"[\s\S]*start/)
})

t.test('an old Node gets one clear sentence', async t => {
  const { status, stdout, stderr } = withOldNode(join(folder, 'dist/main.js'), '--version')
  t.strictSame({ status, stdout }, { status: 1, stdout: '' })
  t.match(stderr, /^[^\n]*\bNode \d[^\n]*\n$/)
})

/** A real old Node where the machine has one; elsewhere this one, taking itself for old. */
function withOldNode(...args: string[]) {
  const old = process.env.PATH?.split(delimiter)
    .map(place => join(place, 'node'))
    .find(isOld)
  const pretence = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
  const pretending = ['--import', `data:text/javascript,${encodeURIComponent(pretence)}`]
  return spawnSync(old ?? process.execPath, [...(old ? [] : pretending), ...args], { encoding: 'utf8' })
}

function isOld(node: string): boolean {
  const { status, stdout } = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  return status === 0 && nodeProblem(stdout.trim()) !== undefined
}
