import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const sallyport = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

t.test('the usage names every command, and asking for it is no mistake', async t => {
  const commands = ['start', 'demo', 'check', 'schema', 'sessions', 'health']
  for (const args of [[], ['--help'], ['-h']]) {
    const { status, stdout, stderr } = sallyport(...args)
    t.equal(status, 0)
    t.equal(stderr, '')
    for (const command of commands) t.match(stdout, new RegExp(`^  ${command} `, 'm'))
  }
})

t.test('the version is that of the package', async t => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  for (const option of ['--version', '-v']) t.match(sallyport(option), { status: 0, stdout: `${version}\n` })
})

t.test('an unknown command is said to be unknown and exits with 2', async t => {
  for (const name of ['strat', '', 'constructor', '__proto__', '--verbose']) {
    const { status, stdout, stderr } = sallyport(name)
    t.equal(status, 2, name)
    t.equal(stdout, '')
    t.match(stderr, `there is no command "${name}"`)
    t.match(stderr, 'Usage: sallyport COMMAND')
  }
})
