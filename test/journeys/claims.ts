// What becomes of a claim, from the provider's mouth to everything that reads it: policy, headers, assertion and `me`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import t from 'tap'
import { startGateAt } from '../support/gate.ts'
import { claims, userinfo } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

const everybody = [{ authenticated: true }]

t.test('the ID token is believed before userinfo, by everything that reads a claim (lesson 73)', async t => {
  const upstream = await startUpstream(t)
  const rogue = await startRogueProvider(t)
  rogue.misbehave(claims({ groups: ['token'] }), userinfo({ groups: ['userinfo'], department: 'ops' }))
  const to = { upstream: `http://127.0.0.1:${upstream.port}` }
  const { browser } = await startGateAt(t, {
    provider: rogue,
    routes: [
      { name: 'all', path: '/', ...to, allow: everybody, headers: { set: { 'X-Department': '{claims.department}' } } },
      { name: 'token', path: '/token', ...to, allow: [{ claims: { groups: 'token' } }] },
      { name: 'userinfo', path: '/userinfo', ...to, allow: [{ groups: ['userinfo'] }] },
    ],
  })
  t.equal((await browser.visit('/')).status, 200)
  t.equal(rogue.calls.userinfo, 1, 'which both have said something')
  const { headers = [] } = upstream.requests.at(-1) ?? {}
  t.equal(fieldOf(headers, 'x-forwarded-groups'), 'token')
  t.equal(fieldOf(headers, 'x-department'), 'ops', 'what the ID token lacks comes from userinfo')
  t.match(decodeJwt(fieldOf(headers, 'x-sallyport-assertion') ?? ''), { groups: ['token'] })
  t.match(JSON.parse((await browser.fetch('/_sallyport/me')).body), { groups: ['token'] })
  t.equal((await browser.fetch('/token')).status, 200)
  t.equal((await browser.fetch('/userinfo')).status, 403)
})

t.test('more groups than an upstream reads are its 431 and no other harm; fewer headers help (lesson 100)', async t => {
  const server = createServer((request, response) => response.end(request.headers['x-forwarded-user']))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const rogue = await startRogueProvider(t)
  rogue.misbehave(userinfo({ groups: Array.from({ length: 2000 }, (_, at) => `group-number-${at}`) }))
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { browser, gate } = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream, allow: [{ groups: ['group-number-1999'] }] }],
  })
  t.equal((await browser.visit('/')).status, 431)
  await gate.reload({ identity: { headers: { 'X-Forwarded-User': '{identity.user}' }, assertion: false } })
  t.match(await browser.get('/'), { status: 200, body: 'ann' }, 'and policies still know every group')
  t.match(
    gate.lines.filter(({ route, status }) => route && status === 431),
    [{ decision: 'forward' }],
    'the line says that it was let pass',
  )
})
