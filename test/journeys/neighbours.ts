// Gateways that share a Redis, its secrets even, do not share sessions unless their cookies are meant for both.
import t from 'tap'
import { startGate, startGateAt } from '../support/gate.ts'
import { inMemory, startRedis } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

const everybody = [{ authenticated: true }]
const secrets = ['b7d1c05e9a3f48e6a2c4d8f01e6b9a37c5f2']

t.test(
  'two gateways on one Redis never accept each other’s sessions (lesson 45)',
  { skip: missing('redis-server') },
  async t => {
    const { port } = await startRedis(t, { config: inMemory })
    const upstream = await startUpstream(t)
    const routes = [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }]
    const settings = { session: { secrets, store: { type: 'redis', url: `redis://127.0.0.1:${port}/0` } } }
    const one = await startGate(t, { routes, settings, host: 'one.localhost' })
    const { provider } = one
    const two = await startGateAt(t, { routes, settings, provider, host: 'two.localhost' })
    await provider.register([`${two.gate.origin}/_sallyport/callback`])

    await one.browser.signInAs('ann', '/')
    t.equal((await one.browser.fetch('/')).status, 200)
    const cookie = one.browser.cookies('/') ?? ''
    t.equal((await two.browser.fetch('/', { headers: { cookie } })).status, 401)

    await two.browser.signInAs('bob', '/')
    t.equal((await two.browser.fetch('/')).status, 200)
    t.equal((await one.browser.fetch('/')).status, 200, 'and neither ends the other’s')
  },
)

t.test('which Host the upstream reads changes nothing about the session (lesson 60)', async t => {
  const upstream = await startUpstream(t)
  const here = { upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }
  const { gate, browser } = await startGate(t, {
    routes: [
      { ...here, path: '/', rewrite: { host: 'upstream' } },
      { ...here, path: '/kept' },
    ],
    settings: { session: { secrets, store: { type: 'cookie' } } },
  })
  await browser.signInAs('ann', '/')
  for (const path of ['/', '/kept', '/']) t.equal((await browser.fetch(path)).status, 200, path)
  const hosts = upstream.requests.slice(-3).map(({ headers }) => fieldOf(headers, 'host'))
  t.same(hosts, [`127.0.0.1:${upstream.port}`, new URL(gate.origin).host, `127.0.0.1:${upstream.port}`])
})
