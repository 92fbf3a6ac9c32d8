// The reporter must not call a run green that is not: every way a test file can go wrong, told from real runs.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import t from 'tap'

const root = dirname(import.meta.dirname)

type Run = { readonly output: string; readonly lastLine: string; readonly exitCode: number | null }

function runFixtures(names: readonly string[], fileSeconds = 60): Run {
  const files = names.map(name => `test/support/reporter-fixtures/${name}.ts`)
  const args = ['--test', '--test-reporter=./test/support/reporter.ts', ...files]
  // A runner inside a runner would speak to the outer one instead of printing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const done = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...env, TAP_TIMEOUT: String(fileSeconds) },
  })
  return { output: done.stdout, lastLine: done.stdout.trimEnd().split('\n').pop() ?? '', exitCode: done.status }
}

t.test('named tests are counted, not assertions and not groups', async t => {
  const { output, lastLine, exitCode } = runFixtures(['passes'])
  t.equal(lastLine, '2 passed, 0 failed')
  t.equal(exitCode, 0)
  t.match(output, /^ok {3}test\/support\/reporter-fixtures\/passes\.ts {2}2 passed, 0 failed {2}\d+ ms$/m)
})

t.test('a failure is told with its file, its path, its difference and what the file printed', async t => {
  const { output, lastLine, exitCode } = runFixtures(['fails'])
  t.equal(lastLine, '1 passed, 1 failed')
  t.not(exitCode, 0)
  t.match(output, 'failed: test/support/reporter-fixtures/fails.ts › group › wrong')
  t.match(output, /-right\n\s*\+left/)
  t.match(output, 'printed on the way')
})

t.test('a skipped test is told by its name and its reason', async t => {
  const { output, lastLine, exitCode } = runFixtures(['skips'])
  t.equal(lastLine, '2 passed, 0 failed, 2 skipped')
  t.equal(exitCode, 0)
  t.match(output, 'skipped: group › not here (no such program)')
  t.match(output, 'skipped: later (todo: not built)')
  t.notMatch(output, 'checks by itself')
})

for (const { story, name, sign } of [
  { story: 'is killed', name: 'crashes', sign: 'the file itself\n    was ended by SIGKILL' },
  { story: 'leaves in the middle with exit code 0', name: 'exits-early', sign: 'exits-early.ts › leaves' },
  { story: 'cannot be loaded', name: 'throws-at-load', sign: 'the file itself\n    ended with exit code 1' },
  { story: 'cannot be loaded, and says why,', name: 'throws-at-load', sign: 'Error: thrown while loading' },
  { story: 'holds no test', name: 'empty', sign: 'the file itself\n    ran no named test' },
  { story: 'asserts outside of any test', name: 'outside', sign: 'the file itself\n    ran no named test' },
  { story: 'breaks its plan', name: 'broken-plan', sign: 'broken-plan.ts › planned two' },
])
  t.test(`a file that ${story} is a failure`, async t => {
    const { output, lastLine } = runFixtures([name])
    t.match(lastLine, /^\d+ passed, [1-9]\d* failed$/)
    t.match(output, sign)
  })

t.test('a file that takes too long is a failure, and does not stop the others', async t => {
  const { output, lastLine } = runFixtures(['never-ends', 'passes'], 2)
  t.match(lastLine, /^2 passed, 1 failed$/)
  t.match(output, join('reporter-fixtures', 'never-ends.ts › waits'))
  t.match(output, 'timeout!')
})
