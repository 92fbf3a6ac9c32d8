import t from 'tap'
import { startGate } from '../support/gate.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'
import { fieldOf as headerValue } from '../support/wire.ts'

const everybody = [{ authenticated: true }]

t.test('an anonymous navigation gets nothing of the page, and comes back to it signed in (lesson 106)', async t => {
  const upstream = await startUpstream(t)
  const { gate, browser } = await startGate(t, { routes: [{ upstream: at(upstream), allow: everybody }] })

  const first = await browser.get('/reports/2026?month=11&sort=a%20b')
  t.equal(first.status, 302)
  t.equal(first.location, '/_sallyport/login?return_to=%2Freports%2F2026%3Fmonth%3D11%26sort%3Da%2520b')
  t.equal(first.body, '')
  t.equal(upstream.requests.length, 0, 'the upstream has seen nothing')

  const page = await browser.signInAs('ann', '/reports/2026?month=11&sort=a%20b')
  t.equal(page.status, 200)
  t.equal(page.url, `${gate.origin}/reports/2026?month=11&sort=a%20b`)
  t.equal(upstream.requests.at(-1)?.target, '/reports/2026?month=11&sort=a%20b')
})

t.test('the upstream reads who it is from identity headers and from a signed assertion', async t => {
  const upstream = await startUpstream(t)
  const { browser } = await startGate(t, { routes: [{ name: 'app', upstream: at(upstream), allow: everybody }] })
  await browser.signInAs('ann', '/')

  const headers = upstream.requests.at(-1)?.headers ?? []
  t.equal(headerValue(headers, 'x-forwarded-user'), 'ann')
  t.equal(headerValue(headers, 'x-forwarded-email'), 'ann@example.com')
  t.equal(headerValue(headers, 'x-forwarded-groups'), 'sre,staff')
  t.equal(headerValue(headers, 'cookie'), undefined, 'none of our cookies')

  const { createLocalJWKSet, jwtVerify } = await import('jose')
  const keys = createLocalJWKSet(JSON.parse((await browser.fetch('/_sallyport/jwks.json')).body))
  const { payload, protectedHeader } = await jwtVerify(headerValue(headers, 'x-sallyport-assertion') ?? '', keys, {
    audience: 'app',
  })
  t.equal(protectedHeader.alg, 'ES256')
  t.match(payload, { user: 'ann', groups: ['sre', 'staff'], email: 'ann@example.com' })
})

t.test(
  'each of the seven steps leaves its line in the debug log, and no line tells a secret (lesson 107, L-03)',
  async t => {
    const upstream = await startUpstream(t)
    const { gate, browser, provider } = await startGate(t, { routes: [{ upstream: at(upstream), allow: everybody }] })
    await browser.signInAs('ann', '/')

    const steps = gate.lines.filter(line => line.level === 'debug' && /^step \d/.test(line.msg)).map(line => line.msg)
    t.same(
      steps.map(step => step.slice(0, 6)),
      ['step 1', 'step 2', 'step 3', 'step 4', 'step 5', 'step 6', 'step 7'],
    )
    const log = JSON.stringify(gate.lines)
    const cookie = browser.cookies('/')?.split('=')[1] ?? ''
    t.ok(cookie.length > 20)
    for (const secret of [cookie, provider.client.clientSecret, 'eyJ']) t.notOk(log.includes(secret))
    t.notOk(/[?&](?:code|state)=/.test(log), 'no query of our own endpoints')
  },
)

t.test('programs get 401 with a login address and without cookies (lessons 3, 58)', async t => {
  const upstream = await startUpstream(t)
  const { gate, browser } = await startGate(t, { routes: [{ upstream: at(upstream), allow: everybody }] })

  const answer = await browser.fetch('/api/items')
  t.equal(answer.status, 401)
  t.same(answer.setCookies, [])
  t.match(answer.headers['content-type'], 'application/problem+json')
  t.equal(answer.headers['cache-control'], 'no-store')
  t.match(JSON.parse(answer.body), {
    status: 401,
    code: 'unauthenticated',
    loginUrl: `${gate.origin}/_sallyport/login?return_to=%2Fapi%2Fitems`,
  })
  t.equal(upstream.requests.length, 0)
})

t.test('somebody who is signed in but not allowed reads why, and is not sent to log in again (lesson 103)', async t => {
  const upstream = await startUpstream(t)
  const { browser, gate } = await startGate(t, { routes: [{ upstream: at(upstream), allow: [{ groups: ['sre'] }] }] })

  const page = await browser.signInAs('bob', '/')
  t.equal(page.status, 403)
  t.match(page.body, 'not-allowed')
  t.match(page.headers['content-security-policy'], /default-src 'none'/)
  t.match(gate.access('/'), { decision: 'forbid', reason: 'not-allowed', status: 403 })
  t.match(await browser.fetch('/'), { status: 403 })
  t.equal(upstream.requests.length, 0)
})

t.test('deny wins over allow, methods and paths have rules of their own', async t => {
  const upstream = await startUpstream(t)
  const { browser } = await startGate(t, {
    routes: [
      { path: '/', upstream: at(upstream), allow: [{ groups: ['staff'], methods: ['GET'] }, { groups: ['sre'] }] },
      { path: '/bobless', upstream: at(upstream), allow: everybody, deny: [{ users: ['BOB'] }] },
      { path: '/open', upstream: at(upstream), public: true },
    ],
  })
  await browser.signInAs('bob', '/')
  t.equal((await browser.fetch('/')).status, 200)
  t.equal((await browser.fetch('/', { method: 'PUT', body: 'x' })).status, 403, 'staff may only read')
  t.equal((await browser.fetch('/bobless')).status, 403)
  t.equal((await browser.fetch('/open/x')).status, 200)
})

t.test('a form posted after the session ended is not turned into a silent GET (lesson 105)', async t => {
  const upstream = await startUpstream(t)
  const { browser } = await startGate(t, { routes: [{ upstream: at(upstream), allow: everybody }] })
  const page = await browser.post('/orders', 'item=1')
  t.equal(page.status, 401)
  t.match(page.body, 'Sign in')
  t.same(page.setCookies, [])
})

t.test('an idle session ends by the clock, and so does one that is never idle', async t => {
  const upstream = await startUpstream(t)
  let now = Date.now()
  const { browser, gate } = await startGate(t, {
    routes: [{ upstream: at(upstream), allow: everybody }],
    settings: { session: { idle: '10m', absolute: '1h' } },
    now: () => now,
  })
  await browser.signInAs('ann', '/')
  for (let minutes = 0; minutes < 54; minutes += 9) {
    now += 9 * 60_000
    t.equal((await browser.fetch('/')).status, 200)
  }
  now += 7 * 60_000
  t.equal((await browser.fetch('/')).status, 401)
  t.match(gate.access('/'), { reason: 'session-over' })

  now = Date.now()
  await browser.signInAs('ann', '/')
  now += 11 * 60_000
  t.equal((await browser.fetch('/')).status, 401)
  t.match(gate.access('/'), { reason: 'session-idle' })
})

t.test('a strict cookie survives the way back from the provider (lesson 23)', async t => {
  const upstream = await startUpstream(t)
  const { browser } = await startGate(t, {
    routes: [{ upstream: at(upstream), allow: everybody }],
    settings: { session: { cookie: { sameSite: 'strict' } } },
  })
  const page = await browser.signInAs('ann', '/deep?x=1')
  t.equal(page.status, 200)
  t.equal(page.headers.refresh, '0; url=/deep?x=1')
  t.match(page.setCookies.join('\n'), /SameSite=Strict/i)
  t.equal((await browser.get('/deep?x=1')).status, 200)
})

t.test('with the cookie store the session lives in the browser alone, and survives a new gateway process', async t => {
  const upstream = await startUpstream(t)
  const session = { store: { type: 'cookie' }, secrets: ['f3c1aa08d7e64b0e9b0d5a7c2e1f4d6b8a9c0e1d'] }
  const { browser, gate } = await startGate(t, {
    routes: [{ upstream: at(upstream), allow: everybody }],
    settings: { session },
  })
  await browser.signInAs('ann', '/')
  t.equal((await browser.fetch('/')).status, 200)
  const before = gate.lines.length
  await gate.reload({
    session: { ...session, secrets: ['0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b', ...session.secrets] },
  })
  t.equal(gate.lines.slice(before).find(line => line.msg === 'reloaded')?.level, 'info')
  t.equal((await browser.fetch('/')).status, 200, 'the old secret still opens')
  await gate.reload({ session: { ...session, secrets: ['99998c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b'] } })
  t.equal((await browser.fetch('/')).status, 401, 'a secret that is gone opens nothing')
})

const at = ({ port }: TestUpstream): string => `http://127.0.0.1:${port}`
