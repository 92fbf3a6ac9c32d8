import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openBrowser } from '../support/browser.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

t.test('one command: its first line says where to go, people sign in there, and Ctrl-C ends it', async t => {
  const child = spawn(process.execPath, [main, 'demo'], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const errors = text(child.stderr)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    output += chunk
  })
  const invitation = /open (http:\/\/localhost:\d+)\/ and sign in as ann or bob/
  while (!invitation.test(output)) await once(child.stdout, 'data')
  const [, home = ''] = invitation.exec(output) ?? []

  const ann = await openBrowser(home).signInAs('ann')
  t.equal(ann.status, 200)
  t.match(ann.url, home)
  t.match(ann.body, 'ann')
  const eve = await openBrowser(home).signInAs('eve')
  t.equal(eve.status, 403, 'eve may not')

  const exit = once(child, 'exit')
  child.kill('SIGINT')
  t.same(await exit, [0, null])
  t.equal(await errors, '')
})
