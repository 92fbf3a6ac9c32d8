import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { freePort, type Settings } from '../support/gate.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs to its end: what a process that cannot start does. */
async function start(t: Test, ...args: string[]) {
  const child = spawn(process.execPath, [main, 'start', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { status, output, errors }
}

async function occupy(t: Test): Promise<number> {
  const server: Server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

async function configuration(t: Test, changes: Settings): Promise<string> {
  const file = join(t.testdir({}), 'sallyport.yaml')
  const nobody = await freePort()
  const settings = {
    server: { listen: '127.0.0.1:0', publicUrl: 'http://localhost' },
    admin: { listen: '127.0.0.1:0' },
    providers: [{ name: 'corp', issuer: `http://127.0.0.1:${nobody}`, clientId: 'sallyport' }],
    routes: [{ name: 'app', upstream: `http://127.0.0.1:${nobody}`, public: true }],
    ...changes,
  }
  writeFileSync(file, stringify(settings))
  return file
}

t.test(
  'an address that somebody else has ends the process with 1 and is named, though the provider is away',
  async t => {
    const port = await occupy(t)
    const file = await configuration(t, { server: { listen: `127.0.0.1:${port}`, publicUrl: 'http://localhost' } })
    const { status, errors } = await start(t, '--config', file)
    t.equal(status, 1)
    t.match(errors, new RegExp(`EADDRINUSE.*127\\.0\\.0\\.1:${port}`))
  },
)

t.test(
  'an admin address that somebody else has does the same: no gateway stays behind that nobody watches',
  async t => {
    const port = await occupy(t)
    const file = await configuration(t, { admin: { listen: `127.0.0.1:${port}` } })
    const { status, errors, output } = await start(t, '--config', file)
    t.equal(status, 1)
    t.match(errors, new RegExp(`EADDRINUSE.*127\\.0\\.0\\.1:${port}`))
    t.notMatch(output, '"listening"')
  },
)

const shared = {
  session: {
    store: { type: 'redis', url: 'redis://127.0.0.1:9/0' },
    secrets: ['c0ffee5a1b2c3d4e5f60718293a4b5c6d7e8f901'],
  },
}

t.test('several workers that cannot have their address say so once, and nobody stays behind', async t => {
  const port = await occupy(t)
  const server = { listen: `127.0.0.1:${port}`, publicUrl: 'http://localhost', workers: 2 }
  const { status, errors, output } = await start(t, '--config', await configuration(t, { ...shared, server }))
  t.equal(status, 1)
  t.match(errors, new RegExp(`^sallyport: .*EADDRINUSE.*127\\.0\\.0\\.1:${port}\\n$`))
  t.notMatch(output, '"listening"')
})

t.test('several workers do not start with a store that they cannot share', async t => {
  const notBefore = { url: 'redis://127.0.0.1:9/0' }
  const cookies = [{ type: 'cookie' }, { type: 'cookie', notBefore }].map(store => ({ ...shared.session, store }))
  for (const session of [{}, ...cookies]) {
    const server = { listen: '127.0.0.1:0', publicUrl: 'http://localhost', workers: 'auto' }
    const { status, errors } = await start(t, '--config', await configuration(t, { session, server }))
    t.equal(status, 1)
    t.match(errors, /server\.workers: .*; name a redis store, or write workers: 1/)
  }
})

t.test('without a file there is nothing to start', async t => {
  for (const args of [[], ['--config'], ['sallyport.yaml']]) {
    const { status, errors } = await start(t, ...args)
    t.equal(status, 2)
    t.match(errors, 'Usage: sallyport start --config FILE')
  }
  const missing = await start(t, '--config', '/nowhere/sallyport.yaml')
  t.equal(missing.status, 1)
  t.match(missing.errors, '/nowhere/sallyport.yaml')
})

t.test('a disk that is full costs log lines: requests are answered, and a signal still ends the process', async t => {
  const port = await freePort()
  const file = await configuration(t, {
    server: { listen: `127.0.0.1:${port}`, publicUrl: `http://localhost:${port}` },
  })
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [main, 'start', '--config', file], { stdio: ['ignore', full, 'ignore'] })
  closeSync(full)
  t.teardown(() => child.kill('SIGKILL'))
  const ask = async () => (await fetch(`http://localhost:${port}/_sallyport/signed-out`)).status
  const answers = async (left: number): Promise<number> =>
    ask().catch(async error => {
      if (left === 0) throw error
      await pause(100)
      return answers(left - 1)
    })
  t.equal(await answers(200), 200)
  // More than is written at once, and longer than it waits.
  for (let n = 0; n < 40; n++) t.equal(await ask(), 200)
  await pause(300)
  t.equal(await ask(), 200)
  child.kill('SIGTERM')
  t.strictSame(await once(child, 'exit'), [0, null])
})
