// The first step of every npm command, tried in a small tree of its own: install when needed, pick the Node, hand over.
import { type SpawnOptionsWithoutStdio, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { nodeProblem } from '../src/node-floor.ts'

const root = dirname(import.meta.dirname)
const readJson = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'))

// The one dependency is a folder of the tree itself: npm installs it for real, and needs no network.
const dependencies = { near: 'file:near' }
const lock = JSON.stringify({
  name: 'small',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'small', version: '1.0.0', dependencies },
    near: { version: '1.0.0' },
    'node_modules/near': { resolved: 'near', link: true },
  },
})

/** A project with our script and our npm commands; `main` is what they run. */
function smallTree(t: Test, main: string, { installed }: { installed: boolean }): string {
  const tree = realpathSync(
    t.testdir({ 'package-lock.json': lock, src: { 'main.ts': main }, scripts: {}, elsewhere: {} }),
  )
  cpSync(join(root, 'scripts/run.mjs'), join(tree, 'scripts/run.mjs'))
  const { type, scripts } = readJson('package.json')
  writeFileSync(
    join(tree, 'package.json'),
    JSON.stringify({ name: 'small', version: '1.0.0', type, scripts, dependencies }),
  )
  if (installed) {
    mkdirSync(join(tree, 'node_modules'))
    writeFileSync(join(tree, 'node_modules/.sallyport-lock'), createHash('sha256').update(lock).digest('hex'))
  }
  return tree
}

const start = (tree: string, options: SpawnOptionsWithoutStdio = {}, nodeArgs: readonly string[] = []) =>
  spawn(process.execPath, [...nodeArgs, join(tree, 'scripts/run.mjs'), 'src/main.ts', 'one', 'two words'], options)

async function outcome(child: ReturnType<typeof start>) {
  let output = ''
  let errors = ''
  child.stdout.on('data', chunk => (output += chunk))
  child.stderr.on('data', chunk => (errors += chunk))
  const [code] = await once(child, 'close')
  return { code, output, errors }
}

t.test('the floor is the same for the script, for the program and for npm', async t => {
  const { meetsFloor } = await import(new URL('../scripts/run.mjs', import.meta.url).href)
  const versions = {
    '18.20.8': false,
    '20.20.2': false,
    '21.7.3': false,
    '22.23.1': false,
    '22.23.2': true,
    '22.24.0': true,
    '23.11.1': false,
    '24.18.0': false,
    '24.18.1': true,
    '25.9.0': false,
    '26.5.0': false,
    '26.5.1': true,
    '26.10.0': true,
    '27.0.0': true,
  }
  for (const [version, meets] of Object.entries(versions)) {
    t.equal(meetsFloor(version), meets, `run.mjs: ${version}`)
    t.equal(nodeProblem(version) === undefined, meets, `node-floor.ts: ${version}`)
  }
  t.equal(readJson('package.json').engines.node, '^22.23.2 || ^24.18.1 || >=26.5.1')
})

t.test('arguments and the exit code pass through', async t => {
  const tree = smallTree(t, 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3', {
    installed: true,
  })
  t.strictSame(await outcome(start(tree)), { code: 3, output: '["one","two words"]\n', errors: '' })
})

t.test('a program ended by a signal is an exit code as shells count it', async t => {
  const tree = smallTree(t, `process.kill(process.pid, 'SIGKILL')`, { installed: true })
  t.equal((await outcome(start(tree))).code, 128 + 9)
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  t.test(`${signal} reaches the program, which ends in its own way`, async t => {
    const main = `process.on('${signal}', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')`
    const child = start(smallTree(t, main, { installed: true }))
    const ended = outcome(child)
    await once(child.stdout, 'data')
    child.kill(signal)
    t.equal((await ended).code, 7)
  })

t.test('paths are relative to where the user stands, not to the project', async t => {
  const tree = smallTree(t, 'console.log(process.cwd(), ...process.argv.slice(2))', { installed: true })
  const args = ['run', '--silent', '--prefix', tree, 'sallyport', '--', 'check', '--config', 'relative.yaml']
  const { stdout } = spawnSync('npm', args, { cwd: join(tree, 'elsewhere'), encoding: 'utf8' })
  t.equal(stdout, `${join(tree, 'elsewhere')} check --config relative.yaml\n`)
})

t.test('what is not installed is installed, once', async t => {
  const tree = smallTree(t, `console.log('ran')`, { installed: false })
  const first = await outcome(start(tree))
  t.match(first, { code: 0, output: 'ran\n', errors: 'installing the locked dependencies' })
  t.strictSame(await outcome(start(tree)), { code: 0, output: 'ran\n', errors: '' })
})

t.test('a failed installation ends the command before the program starts', async t => {
  const tree = smallTree(t, `console.log('ran')`, { installed: false })
  writeFileSync(join(tree, 'package.json'), '{ "broken"')
  t.match(await outcome(start(tree)), { code: 1, output: '', errors: '"npm ci" failed' })
})

/** A Node that takes itself for an old one, and an npx that answers as told. */
function onAnOldNode(tree: string, npxAnswer: string) {
  const pretence = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
  writeFileSync(join(tree, 'elsewhere/npx'), `#!/bin/sh\necho "$@" >'${tree}/asked'\necho "${npxAnswer}"\n`)
  chmodSync(join(tree, 'elsewhere/npx'), 0o755)
  const env = { ...process.env, PATH: `${join(tree, 'elsewhere')}:${process.env.PATH}` }
  return start(tree, { env }, ['--import', `data:text/javascript,${encodeURIComponent(pretence)}`])
}

t.test('below the floor the program runs under the reference Node, and one line says so', async t => {
  const tree = smallTree(t, 'console.log(process.versions.node)', { installed: true })
  const { code, output, errors } = await outcome(onAnOldNode(tree, `v26.9.0${process.execPath}`))
  t.strictSame({ code, output }, { code: 0, output: `${process.versions.node}\n` })
  t.equal(errors, 'sallyport: Node 20.20.2 is below our floor, going on with Node 26.9.0 from npm\n')
  t.match(readFileSync(join(tree, 'asked'), 'utf8'), '--ignore-scripts=false -p node@26.9.0')
})

t.test('an npx that answers with another Node is not believed', async t => {
  const tree = smallTree(t, `console.log('ran')`, { installed: true })
  const child = onAnOldNode(tree, 'v20.20.2/usr/bin/node')
  t.match(await outcome(child), { code: 1, output: '', errors: 'cannot get a newer Node from npm' })
})

t.test('where the reference Node cannot run, a more modest one does', async t => {
  const tree = smallTree(t, `console.log('ran')`, { installed: true })
  const child = onAnOldNode(tree, `$(case "$*" in *24.21.0*) echo v24.21.0${process.execPath};; esac)`)
  const { code, output, errors } = await outcome(child)
  t.strictSame({ code, output }, { code: 0, output: 'ran\n' })
  t.equal(errors, 'sallyport: Node 20.20.2 is below our floor, going on with Node 24.21.0 from npm\n')
})
