// What can be said about the project without running it: types, lint and dead code. Each counts as one test.
import { spawnSync } from 'node:child_process'
import { emptyTally, type Tally } from '../test/support/reporter.ts'

const checks = [
  ['types', ['tsc', '-p', '.']],
  ['lint', ['biome', 'check', '--error-on-warnings', '--no-errors-on-unmatched']],
  ['dead code', ['knip', '--no-progress']],
] as const

/** Runs them all from the root of the project, and prints what they have to say only when one is not satisfied. */
export function runChecks(): Tally {
  return checks.map(([name, command]) => runCheck(name, command)).reduce(count, emptyTally)
}

function runCheck(name: string, [program, ...args]: readonly [string, ...string[]]): boolean {
  const startedAt = performance.now()
  const done = spawnSync(`node_modules/.bin/${program}`, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  const passed = done.status === 0
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name}  ${Math.round(performance.now() - startedAt)} ms`)
  if (!passed) console.log(`${done.error ?? ''}${done.stdout}${done.stderr}`)
  return passed
}

const count = (tally: Tally, passed: boolean): Tally =>
  passed ? { ...tally, passed: tally.passed + 1 } : { ...tally, failed: tally.failed + 1 }
