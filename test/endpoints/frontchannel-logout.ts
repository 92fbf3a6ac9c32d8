import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { startGateAt } from '../support/gate.ts'
import { claims } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

const world = async (t: Test, more: Readonly<Record<string, unknown>> = {}, session = {}) => {
  const rogue = await startRogueProvider(t)
  const { port } = await startUpstream(t)
  const running = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream: `http://127.0.0.1:${port}`, allow: [{ authenticated: true }] }],
    settings: { providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, ...more }], session },
  })
  const address = (params: Readonly<Record<string, string>>) =>
    `${running.gate.origin}/_sallyport/frontchannel-logout?${new URLSearchParams(params)}`
  return { ...running, rogue, address }
}

/** What a browser says of a frame in a page of another site. */
const inFrame = {
  headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' },
}

t.test('issuer and session id end the session without any cookie, and the tokens stay (lesson 91)', async t => {
  const { browser, newBrowser, rogue, address, gate } = await world(t)
  await browser.visit('/')
  rogue.misbehave(claims({ sid: 'session-2' }))
  const other = newBrowser()
  await other.visit('/')

  const frame = await newBrowser().get(address({ iss: rogue.issuer, sid: 'session-1' }), inFrame)
  t.equal(frame.status, 200)
  t.match(frame.headers, { 'cache-control': 'no-store', 'content-type': /^text\/html/ })
  t.match(frame.headers['content-security-policy'], `frame-ancestors ${rogue.issuer}`)
  t.notOk(frame.headers['x-frame-options'], 'it could name no origin')
  t.equal((await browser.fetch('/')).status, 401)
  t.equal((await other.fetch('/')).status, 200, 'another session goes on')
  t.equal(rogue.calls.revoke, 0)
  t.match(
    gate.lines.find(({ msg }) => msg === 'signed out by a frame of the provider'),
    { sessions: [/./] },
  )

  const again = await newBrowser().get(address({ iss: rogue.issuer, sid: 'session-1' }), inFrame)
  t.equal(again.status, 200, 'who is signed out already is signed out')
})

t.test('where the browser sends the cookie along, it goes too', async t => {
  const { browser, rogue, address } = await world(t)
  await browser.visit('/')
  await browser.get(address({ iss: rogue.issuer, sid: 'unknown' }), inFrame)
  t.equal((await browser.fetch('/')).status, 200, 'the session of another browser is none of its business')
  await browser.get(address({ iss: rogue.issuer, sid: 'session-1' }), inFrame)
  t.equal(browser.cookies('/'), undefined)
})

t.test('where sessions are sealed cookies it takes the cookie, so that strangers fill no list', async t => {
  const secrets = [randomBytes(32).toString('base64url')]
  const { browser, newBrowser, rogue, address } = await world(t, {}, { store: { type: 'cookie' }, secrets })
  const right = address({ iss: rogue.issuer, sid: 'session-1' })
  await browser.visit('/')
  const kept = browser.cookies('/') ?? ''
  t.equal((await newBrowser().get(right, inFrame)).status, 200)
  t.equal((await browser.fetch('/')).status, 200)
  await browser.get(right, inFrame)
  t.equal(browser.cookies('/'), undefined)
  t.equal((await newBrowser().fetch('/', { headers: { cookie: kept } })).status, 401, 'nor does a copy open anything')
})

t.test('without both, or with anything else in their place, nobody is signed out', async t => {
  const { browser, rogue, address } = await world(t)
  await browser.visit('/')
  const right = { iss: rogue.issuer, sid: 'session-1' }
  for (const url of [
    ...[address({}), address({ iss: right.iss }), address({ sid: right.sid }), address({ ...right, sid: '' })],
    ...[address({ ...right, iss: `${right.iss}/` }), address({ ...right, iss: 'http://127.0.0.1:1' })],
    ...[`${address(right)}&sid=session-1`, `${address(right)}&iss=${right.iss}`],
    address({ ...right, sid: 'x'.repeat(1025) }),
  ]) {
    const answer = await browser.get(url, inFrame)
    t.equal(answer.status, 400, url)
    t.match(answer.headers['content-security-policy'], "frame-ancestors 'none'")
  }
  t.equal((await browser.post(address(right), '')).status, 404, 'no POST')
  t.equal((await browser.fetch('/')).status, 200)
})

t.test('a provider that may not do so from the browser cannot', async t => {
  const { browser, rogue, address } = await world(t, { logout: { frontChannel: false } })
  await browser.visit('/')
  t.equal((await browser.get(address({ iss: rogue.issuer, sid: 'session-1' }), inFrame)).status, 400)
  t.equal((await browser.fetch('/')).status, 200)
})
