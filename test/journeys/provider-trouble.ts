import t from 'tap'
import { freePort, startGate, startGateAt } from '../support/gate.ts'
import { startProvider } from '../support/provider.ts'
import { startUpstream } from '../support/upstream.ts'

const everybody = [{ authenticated: true }]

t.test(
  'a provider that is down at start leaves the gateway alive but not ready, and it recovers by itself (lesson 79)',
  async t => {
    const upstream = await startUpstream(t)
    const port = await freePort()
    const client = { clientId: 'sallyport', clientSecret: 'whatever it is' }
    const { gate, browser } = await startGateAt(t, {
      provider: { issuer: `http://127.0.0.1:${port}`, client },
      routes: [
        { path: '/', upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody },
        { path: '/open', upstream: `http://127.0.0.1:${upstream.port}`, public: true },
      ],
    })
    const admin = `http://127.0.0.1:${gate.adminPort}`
    t.equal((await fetch(`${admin}/livez`)).status, 200)
    const ready = await fetch(`${admin}/readyz`)
    t.equal(ready.status, 503)
    t.match(await ready.json(), { status: 'not ready', reasons: [/^provider "corp"/] })
    t.equal((await browser.get('/open')).status, 200, 'what needs no login goes on')

    const login = await browser.visit('/')
    t.equal(login.status, 503)
    t.match(login.headers['retry-after'], /^\d+$/)
    t.notMatch(login.body, String(port), 'no inside address on the page')

    const provider = await startProvider(t, { port, clients: [client] })
    await provider.register([`${gate.origin}/_sallyport/callback`])
    while ((await fetch(`${admin}/readyz`)).status !== 200) await new Promise(resolve => setTimeout(resolve, 100))
    t.equal((await browser.signInAs('ann', '/')).status, 200)
  },
)

t.test('signed-in people go on while the provider is down, and a login that needs it says so (T-11)', async t => {
  const upstream = await startUpstream(t)
  const { browser, newBrowser, provider } = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }],
  })
  await browser.signInAs('ann', '/')
  const other = newBrowser()
  const authorization = await other.visit('/')
  t.equal(new URL(authorization.url).origin, provider.issuer)

  await provider.stop()
  t.equal((await browser.fetch('/')).status, 200)
  const out = await browser.post('/_sallyport/logout', '')
  t.equal(out.status, 303, 'and they can sign out')
  t.equal((await browser.fetch('/')).status, 401)
})

t.test('a wrong client secret is an error page with a request id, and the log says which step failed', async t => {
  const upstream = await startUpstream(t)
  const provider = await startProvider(t)
  const { gate, browser } = await startGateAt(t, {
    provider: { issuer: provider.issuer, client: { ...provider.client, clientSecret: 'a wrong one' } },
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }],
  })
  await provider.register([`${gate.origin}/_sallyport/callback`])
  const page = await browser.visit('/')
  let next = page
  for (let step = 0; step < 3 && new URL(next.url).origin === provider.issuer; step++)
    next = await browser.submit(next, { login: 'ann', password: 'x' })
  t.equal(next.status, 502)
  const failed = gate.lines.find(line => line.msg === 'login failed')
  t.match(failed?.error, 'invalid_client')
  t.notMatch(JSON.stringify(gate.lines), 'a wrong one')
  t.match(next.body, String(failed?.request))
  t.equal((await browser.fetch('/')).status, 401)
})
