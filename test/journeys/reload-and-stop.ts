import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { freePort, startGate, startGateAt } from '../support/gate.ts'
import { startProvider } from '../support/provider.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const everybody = [{ authenticated: true }]

t.test('rules are asked at every request, the new ones after a reload; sessions live on (lesson 102)', async t => {
  let finish = () => {}
  const slow = await startUpstream(t, {
    onHead: ({ socket, request }) => {
      if (request.target !== '/slow') return undefined
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl')
      finish = () => void socket.write('ow')
      return true
    },
  })
  const routes = [{ name: 'app', upstream: `http://127.0.0.1:${slow.port}`, allow: everybody }]
  const { gate, browser } = await startGate(t, { routes })
  await browser.signInAs('ann', '/')
  const inFlight = browser.fetch('/slow')
  await slow.seen(2)

  await gate.reload({ routes: [{ ...routes[0], allow: [{ authenticated: true, methods: ['GET'] }] }] })
  t.equal((await browser.fetch('/', { method: 'POST' })).status, 403, 'the session is known, the rule is new')
  finish()
  t.match(await inFlight, { status: 200, body: 'slow' })
})

t.test(
  'whoever came from a provider that is taken out logs in again, and so does one whose issuer changes',
  async t => {
    const upstream = await startUpstream(t)
    const [corp, partner] = [await startRogueProvider(t), await startRogueProvider(t)]
    const at = (name: string, { issuer, client }: typeof corp) => ({ name, issuer, ...client })
    const { gate, newBrowser } = await startGateAt(t, {
      provider: corp,
      settings: { providers: [at('corp', corp), at('partner', partner)] },
      routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }],
    })
    const [ann, bob] = [newBrowser(), newBrowser()]
    await ann.visit('/_sallyport/login?provider=corp')
    await bob.visit('/_sallyport/login?provider=partner')

    await gate.reload({ providers: [at('corp', corp)] })
    t.equal((await ann.fetch('/')).status, 200)
    for (const path of ['/', '/_sallyport/me', '/_sallyport/sessions'])
      t.match(JSON.parse((await bob.fetch(path)).body), { status: 401, reason: 'session-revoked' }, path)
    t.match((await bob.get('/')).location, /^\/_sallyport\/login/)

    await gate.reload({ providers: [at('corp', partner)] })
    t.match(JSON.parse((await ann.fetch('/')).body), { status: 401, reason: 'session-revoked' })
    t.equal((await ann.visit('/')).status, 200, 'after another login')
  },
)

t.test('a bad file changes nothing and says why (K-02)', async t => {
  const upstream = await startUpstream(t)
  const { gate, browser } = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }],
  })
  await browser.signInAs('ann', '/')
  await gate.reload({ routes: [{ name: 'app', upstream: 'app:8080', alow: [] }] })
  t.equal((await browser.fetch('/')).status, 200)
  const refusal = () => gate.lines.findLast(({ msg }) => msg === 'reload refused, the old configuration stays')
  t.equal(refusal()?.level, 'error')
  t.match(JSON.stringify(refusal()), /alow/)

  const verified = { url: `https://127.0.0.1:${upstream.port}`, ca: '/nowhere/authority.pem' }
  await gate.reload({ routes: [{ name: 'app', upstream: verified, allow: everybody }] })
  t.equal((await browser.fetch('/')).status, 200)
  t.match(JSON.stringify(refusal()), /routes\[0\]\.upstream\.ca/)
})

t.test('the process: SIGHUP reads the file again, SIGTERM lets requests finish and exits with 0', async t => {
  let finish = () => {}
  const upstream = await startUpstream(t, {
    onHead: ({ socket, request }) => {
      if (request.target !== '/slow') return undefined
      finish = () => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow')
      return true
    },
  })
  const provider = await startProvider(t)
  const [port, adminPort] = [await freePort(), await freePort()]
  const file = join(t.testdir({}), 'sallyport.yaml')
  const write = (path: string) =>
    writeFileSync(
      file,
      `
server: { listen: "127.0.0.1:${port}", publicUrl: "http://localhost:${port}" }
admin: { listen: "127.0.0.1:${adminPort}" }
providers: [{ name: corp, issuer: "${provider.issuer}", clientId: sallyport }]
routes: [{ name: open, path: ${path}, upstream: "http://127.0.0.1:${upstream.port}", public: true }]
`,
    )
  write('/')
  const child = spawn(process.execPath, [main, 'start', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said = listenTo(child)
  await said('"listening"')
  t.equal(await status(port, '/x'), 200)

  write('/only')
  child.kill('SIGHUP')
  await said('"reloaded"')
  t.equal(await status(port, '/x'), 404)
  writeFileSync(file, 'server: [')
  child.kill('SIGHUP')
  await said('reload refused')
  t.equal(await status(port, '/only'), 200)

  write('/')
  child.kill('SIGHUP')
  await said('"routes":1,"msg":"reloaded"', 2)
  const inFlight = status(port, '/slow')
  await upstream.seen(3)
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await said('"stopping"')
  t.match(await (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).json(), {
    status: 'not ready',
    reasons: ['stopping'],
  })
  await t.rejects(status(port, '/x'), 'nobody new comes in')
  finish()
  t.equal(await inFlight, 200)
  t.same(await exit, [0, null])
})

t.test('signals that come while the house is still opening are kept', async t => {
  const upstream = await startUpstream(t)
  const [port, adminPort] = [await freePort(), await freePort()]
  const file = join(t.testdir({}), 'sallyport.yaml')
  writeFileSync(
    file,
    `
server: { listen: "127.0.0.1:${port}", publicUrl: "http://localhost:${port}" }
admin: { listen: "127.0.0.1:${adminPort}" }
providers: [{ name: corp, issuer: "http://127.0.0.1:1", clientId: sallyport }]
routes: [{ name: open, upstream: "http://127.0.0.1:${upstream.port}", public: true }]
`,
  )
  const early = `
    import { start } from ${JSON.stringify(new URL('../../src/commands/start.ts', import.meta.url).href)}
    import { Server } from 'node:net'
    const { listen } = Server.prototype
    Server.prototype.listen = function (...where) {
      process.kill(process.pid, 'SIGHUP')
      return listen.apply(this, where)
    }
    process.exitCode = await start(['--config', ${JSON.stringify(file)}])
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', early], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  await listenTo(child)('"reloaded"')
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

t.test('a process that cannot start says why and exits with 1 (K-01)', async t => {
  const file = join(t.testdir({ 'bad.yaml': 'server: {}\nroutes: []\n' }), 'bad.yaml')
  const child = spawn(process.execPath, [main, 'start', '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  t.same(await once(child, 'close'), [1, null])
  t.match(errors, 'server.publicUrl')
})

function listenTo(child: ChildProcess): (text: string, times?: number) => Promise<void> {
  let output = ''
  child.stdout?.on('data', chunk => {
    output += chunk
  })
  return async (text, times = 1) => {
    while (output.split(text).length <= times) await once(child.stdout ?? child, 'data')
  }
}

function status(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false, headers: { host: `localhost:${port}` } }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
      .on('error', reject)
      .end()
  })
}
