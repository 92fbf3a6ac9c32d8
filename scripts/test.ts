// `npm test`: the checks, what the tests need from the machine, every test file, and one line at the end that counts.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { addTallies, emptyTally, report, type Tally, tallyLine } from '../test/support/reporter.ts'
import { runChecks } from './checks.ts'

/** tap ends a file after this many seconds and tells what it was still waiting for. */
const FILE_SECONDS = 180
const RUN_MS = 26 * 60_000

const root = dirname(import.meta.dirname)
// Paths on the command line are relative to where they were typed.
const wanted = process.argv.slice(2).map(path => relative(root, resolve(path)))
process.chdir(root)

const checked = wanted.length > 0 ? emptyTally : checkProject()
installServices()
const tested = await runTests(testFiles(wanted))
conclude(addTallies(checked, tested))

function checkProject(): Tally {
  heading('types, lint, dead code')
  return runChecks()
}

/** Installing needs root and apt; without them, and for whatever could not be had, tests skip by name. */
function installServices(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  heading('services')
  spawnSync(resolve('test/services'), { stdio: 'inherit' })
}

/** All test files, or those at or below the given paths. Suites, support and examples are imported by tests, not run. */
function testFiles(paths: readonly string[]): string[] {
  const files = globSync('test/**/*.ts')
    .filter(file => !/^test\/(?:support|contracts)\//.test(file) && isTest(file))
    .sort()
  return paths.length === 0 ? files : files.filter(file => paths.some(path => isAtOrBelow(file, path)))
}

/** A test asks tap for its `t`. */
function isTest(file: string): boolean {
  return /^import t\b.* from 'tap'$/m.test(readFileSync(file, 'utf8'))
}

function isAtOrBelow(file: string, path: string): boolean {
  if (path === '' || file === path) return true
  return existsSync(path) && statSync(path).isDirectory() && file.startsWith(`${path}/`)
}

async function runTests(files: readonly string[]): Promise<Tally> {
  heading(`tests (${files.length} files)`)
  if (files.length === 0) return { ...emptyTally, failed: 1 }
  process.env.TAP_TIMEOUT = String(FILE_SECONDS)
  const reports = report(run({ files: [...files], concurrency: 2, signal: AbortSignal.timeout(RUN_MS) }))
  let next = await reports.next()
  for (; !next.done; next = await reports.next()) process.stdout.write(next.value)
  return next.value
}

function conclude(tally: Tally): void {
  const skipsFail = process.env.CI === 'true' && tally.skipped > 0
  heading(skipsFail ? 'result: CI=true, so a skipped test fails the run' : 'result')
  console.log(tallyLine(tally))
  process.exitCode = tally.failed > 0 || skipsFail ? 1 : 0
}

function heading(text: string): void {
  console.log(`\n== ${text}`)
}
