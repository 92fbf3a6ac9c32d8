import t from 'tap'
import { startGateAt } from '../support/gate.ts'
import { startRedis } from '../support/redis.ts'
import { tokens } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGateAt>[0]

const minute = 60_000
const allow = [{ authenticated: true }]
const secrets = ['f3c1aa08d7e64b0e9b0d5a7c2e1f4d6b8a9c0e1d']

/** `/` with the usual limits, `/payroll` with stricter ones; a clock that the test moves. */
async function world(t: Tap, session: object = {}) {
  const clock = { now: Date.now() }
  const provider = await startRogueProvider(t)
  // Its clock is the real one, so nothing may be refreshed by ours.
  provider.misbehave(tokens({ refresh_token: undefined }))
  const target = `http://127.0.0.1:${(await startUpstream(t)).port}`
  const { gate, browser } = await startGateAt(t, {
    provider,
    routes: [
      { path: '/', upstream: target, allow },
      { path: '/payroll', upstream: target, allow, session: { idle: '5m', absolute: '1h' } },
    ],
    settings: { session: { idle: '2h', absolute: '12h', ...session } },
    now: () => clock.now,
  })
  await browser.visit('/')
  return { clock, gate, browser }
}

const why = (body: string): string => JSON.parse(body).reason

t.test('a route with a shorter idle limit asks for a login that others do not ask for', async t => {
  const { clock, gate, browser } = await world(t)
  t.equal((await browser.fetch('/payroll')).status, 200)
  clock.now += 5 * minute
  for (let times = 0; times < 2; times++) {
    const refused = await browser.fetch('/payroll')
    t.equal(refused.status, 401, 'asking does not help')
    t.equal(why(refused.body), 'session-idle')
    t.same(refused.setCookies, [])
  }
  t.match(gate.access('/payroll'), { decision: 'login', reason: 'session-idle' })
  t.match((await browser.get('/payroll')).location, '/_sallyport/login?return_to=%2Fpayroll')
  t.equal((await browser.fetch('/')).status, 200, 'elsewhere the session goes on')
})

t.test('using another route first does not open a strict one again', async t => {
  const { clock, browser } = await world(t)
  clock.now += 30 * minute
  t.equal((await browser.fetch('/')).status, 200)
  clock.now += minute
  const refused = await browser.fetch('/payroll')
  t.equal(refused.status, 401)
  t.equal(why(refused.body), 'session-idle')
})

t.test('after the login the strict route opens again, and brings the person back to it', async t => {
  const { clock, gate, browser } = await world(t)
  clock.now = Date.now() + 6 * minute
  const page = await browser.get('/payroll?year=2026')
  t.equal(page.status, 302)
  clock.now = Date.now()
  const back = await browser.visit('/_sallyport/login?return_to=%2Fpayroll%3Fyear%3D2026')
  t.equal(back.url, `${gate.origin}/payroll?year=2026`)
  t.equal(back.status, 200)
})

t.test('somebody who works is not sent away: the idle clock is as exact as the strictest route needs', async t => {
  const { clock, browser } = await world(t)
  for (let passed = 0; passed < 50; passed += 4) {
    clock.now += 4 * minute
    t.equal((await browser.fetch('/payroll')).status, 200, `after ${passed + 4} minutes`)
  }
})

t.test('a route with a shorter absolute limit asks for a login, however busy the session was', async t => {
  const { clock, browser } = await world(t)
  for (let passed = 0; passed < 60; passed += 4) {
    t.equal((await browser.fetch('/payroll')).status, 200)
    clock.now += 4 * minute
  }
  const refused = await browser.fetch('/payroll')
  t.equal(refused.status, 401)
  t.equal(why(refused.body), 'session-over')
  t.equal((await browser.fetch('/')).status, 200)
})

t.test('a form that comes after the end says why its sender is not signed in any more', async t => {
  const { clock, browser } = await world(t)
  clock.now += 6 * minute
  const page = await browser.post('/payroll', 'raise=1')
  t.equal(page.status, 401)
  t.match(page.body, 'because it was not used for a while')
  t.match(page.body, 'nothing was saved')
})

t.test('a limit that a reload makes stricter holds for sessions that are under way', async t => {
  const { clock, gate, browser } = await world(t)
  clock.now += 20 * minute
  t.equal((await browser.fetch('/')).status, 200)
  clock.now += 20 * minute
  await gate.reload({ session: { idle: '15m', absolute: '12h' } })
  const refused = await browser.fetch('/')
  t.equal(refused.status, 401)
  t.equal(why(refused.body), 'session-idle')
})

t.test('a hundred requests write a session once (lesson 42)', async t => {
  t.test('with the cookie store, one answer of a hundred renews the cookie', async t => {
    const { clock, browser } = await world(t, { idle: '50m', store: { type: 'cookie' }, secrets })
    let writes = 0
    for (let requests = 0; requests < 100; requests++) {
      clock.now += 450
      writes += Number((await browser.fetch('/')).setCookies.length > 0)
    }
    t.equal(writes, 1)
  })

  t.test('with Redis, one request of a hundred writes to it', { skip: missing('redis-server') }, async t => {
    const redis = await startRedis(t)
    const store = { type: 'redis', url: `redis://127.0.0.1:${redis.port}` }
    const { clock, browser } = await world(t, { idle: '50m', store, secrets })
    const writes = async () =>
      Number(/cmdstat_hset:calls=(\d+)/.exec(await redis.cli('info', 'commandstats'))?.[1] ?? 0)
    const before = await writes()
    for (let requests = 0; requests < 100; requests++) {
      clock.now += 450
      t.equal((await browser.fetch('/')).status, 200)
    }
    t.equal((await writes()) - before, 1)
  })
})

t.test('asking how long it lasts does not make it last longer', async t => {
  const { clock, browser } = await world(t, { idle: '10m' })
  for (let passed = 3; passed < 10; passed += 3) {
    clock.now += 3 * minute
    t.equal((await browser.fetch('/_sallyport/me?slide=false')).status, 200)
  }
  clock.now += minute
  const over = await browser.fetch('/_sallyport/me?slide=false')
  t.equal(over.status, 401)
  t.equal(why(over.body), 'session-idle')
})
