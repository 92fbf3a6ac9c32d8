import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { readConfig } from '../src/config/load.ts'
import { startGateAt } from './support/gate.ts'
import { startRogueProvider } from './support/rogue-provider.ts'
import { startUpstream } from './support/upstream.ts'

const world = async (t: Test) => {
  const upstream = await startUpstream(t)
  const rogue = await startRogueProvider(t)
  const route = { name: 'app', upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }
  const provider = { name: 'corp', issuer: rogue.issuer, ...rogue.client }
  const running = await startGateAt(t, { provider: rogue, settings: { providers: [provider] }, routes: [route] })
  const metrics = async () => (await fetch(`http://127.0.0.1:${running.gate.adminPort}/metrics`)).text()
  return { ...running, upstream, rogue, route, provider, metrics }
}

t.test('a provider with equal settings keeps what it knows over a reload', async t => {
  const { gate, browser, newBrowser, rogue, provider } = await world(t)
  await browser.visit('/')
  const { discovery, jwks } = rogue.calls
  await gate.reload({ log: { level: 'info' } })
  await gate.reload({ providers: [{ ...provider }] })
  t.equal((await newBrowser().visit('/')).status, 200)
  t.match(rogue.calls, { discovery, jwks })
})

t.test('one whose settings changed begins anew, even when only its secret did', async t => {
  const { gate, browser, newBrowser, rogue, provider } = await world(t)
  await browser.visit('/')
  const { discovery } = rogue.calls
  await gate.reload({ providers: [{ ...provider, clientSecret: 'another one' }] })
  t.equal((await newBrowser().visit('/')).status, 502, 'the new secret is used, and is wrong')
  t.ok(rogue.calls.discovery > discovery)
  t.equal((await browser.fetch('/')).status, 200, 'who is inside does not notice')
  await gate.reload({})
  t.equal((await newBrowser().visit('/')).status, 200)
})

t.test('connections to an upstream stay open over a reload, and go when no route leads there', async t => {
  const { gate, browser, upstream, route } = await world(t)
  const other = await startUpstream(t)
  await browser.visit('/')
  await browser.fetch('/')
  t.equal(upstream.sockets.length, 1)
  await gate.reload({ routes: [{ ...route, name: 'renamed', allow: [{ groups: ['sre'] }] }] })
  t.equal((await browser.fetch('/')).status, 200)
  t.equal(upstream.sockets.length, 1, 'the very same connection')
  await gate.reload({ routes: [{ ...route, upstream: `http://127.0.0.1:${other.port}` }] })
  t.equal((await browser.fetch('/')).status, 200)
  while (upstream.open() > 0) await new Promise(resolve => setTimeout(resolve, 10))
  t.equal(upstream.open(), 0)
})

t.test('a reload that fails half-way leaves nothing behind that goes on working', async t => {
  const { gate, browser, newBrowser, route, provider, metrics } = await world(t)
  await browser.visit('/')
  const unused = await startRogueProvider(t)
  const providers = [provider, { name: 'new', issuer: unused.issuer, ...unused.client }]
  const session = { store: { type: 'memory', maxSessions: 1 } }
  const text = stringify({ server: { publicUrl: gate.origin }, providers, session, routes: [route] })
  const loaded = await readConfig(text, { env: {}, folder: '.' }, 0)
  if (!loaded.ok) throw new Error('the configuration is sound')
  const config = Object.defineProperty({ ...loaded.config }, 'routes', {
    get() {
      throw new Error('a route that nobody can build')
    },
  })
  await gate.house.reload({ ...loaded, config })
  const line = gate.lines.find(({ msg }) => msg === 'reload failed, the old configuration stays')
  t.match(line?.error, /nobody can build/)
  t.equal((await browser.fetch('/')).status, 200)
  await newBrowser().visit('/')
  t.match(await metrics(), 'sallyport_sessions 2\n', 'there is as much room for sessions as before')
  t.equal(unused.calls.discovery, 0, 'a provider that will not be asked is not asked')
  await gate.house.reload(loaded)
  while (unused.calls.discovery === 0) await new Promise(resolve => setTimeout(resolve, 10))
})

t.test('numbers go on counting, and tell of each reload', async t => {
  const { gate, browser, metrics } = await world(t)
  await browser.visit('/')
  const counted = /sallyport_requests_total\{route="app",decision="forward"[^\n]* (\d+)\n/
  const before = Number(counted.exec(await metrics())?.[1])
  t.ok(before > 0)
  await gate.reload({ log: { level: 'info' } })
  await gate.reload({ routes: [] })
  await browser.fetch('/')
  const text = await metrics()
  t.equal(Number(counted.exec(text)?.[1]), before + 1)
  t.match(text, 'sallyport_reloads_total{outcome="done"} 1\n')
  t.match(text, 'sallyport_reloads_total{outcome="refused"} 1\n')
  t.match(text, 'sallyport_sessions 1\n')
})
