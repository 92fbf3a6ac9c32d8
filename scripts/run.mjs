// The first step of every npm command: make the machine ready, then run the given script under a Node that meets our floor.
// Plain JavaScript without dependencies, because it runs before anything is installed and on a Node as old as 18.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REFERENCE_NODE = '26.9.0'
// For systems without libatomic, which the binaries of the reference need: Debian's smallest image is one.
const MODEST_NODE = '24.21.0'
// The first release of each line that carries the HTTP parser fixes of mid-2026 (see docs/design.md).
const FLOORS = { 22: [23, 2], 24: [18, 1], 26: [5, 1] }

const here = fileURLToPath(import.meta.url)
const root = dirname(dirname(here))

// The test of the floor imports this file and wants nothing to run.
if (realpathSync(process.argv[1]) === here) {
  const [script, ...args] = process.argv.slice(2)
  installIfNeeded()
  run(meetsFloor(process.versions.node) ? process.execPath : referenceNode(), script, args)
}

function installIfNeeded() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.sallyport-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.error('sallyport: installing the locked dependencies (npm ci)')
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const done = spawnSync('npm', ['ci', ...options], { cwd: root, stdio: ['ignore', 2, 2] })
  if (done.status !== 0) fail('"npm ci" failed; its output is above')
  writeFileSync(stamp, lock)
}

export function meetsFloor(version) {
  const [major, minor, patch] = version.split('.').map(Number)
  const floor = FLOORS[major]
  if (!floor) return major > 26
  return minor > floor[0] || (minor === floor[0] && patch >= floor[1])
}

function referenceNode() {
  const complaints = []
  for (const version of [REFERENCE_NODE, MODEST_NODE]) {
    const { path, complaint } = nodeFromNpm(version)
    if (path) return goOnWith(version, path)
    complaints.push(complaint)
  }
  return fail(`cannot get a newer Node from npm:\n${complaints.join('\n')}`)
}

function goOnWith(version, path) {
  console.error(`sallyport: Node ${process.versions.node} is below our floor, going on with Node ${version} from npm`)
  return path
}

function nodeFromNpm(version) {
  // The npm package "node" fetches its binary in an install script, which a user's npm settings may forbid.
  const command = ['-c', 'node -p "process.version + process.execPath"']
  const found = spawnSync('npx', ['-y', '--ignore-scripts=false', '-p', `node@${version}`, ...command], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  const [, path] = found.stdout?.trim().split(`v${version}`) ?? []
  return { path, complaint: `${found.stdout}${found.stderr}` }
}

/** The child inherits the terminal; paths on the command line are relative to where the user typed it. */
function run(node, script, args) {
  const child = spawn(node, [join(root, script), ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
  })
  // A supervisor signals only us. A terminal sends Ctrl-C to the child as well, which must not hear it twice.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}

function fail(message) {
  console.error(`sallyport: ${message}`)
  process.exit(1)
}
