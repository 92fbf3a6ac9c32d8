import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Browser } from '../support/browser.ts'
import { startGateAt } from '../support/gate.ts'
import { fieldOf, sendRaw } from '../support/raw.ts'
import { inMemory, startRedis } from '../support/redis.ts'
import { claims, type Fault, failing } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'

const path = '/_sallyport/backchannel-logout'
const form = 'application/x-www-form-urlencoded'

/** A gateway whose provider is the rogue, with ann signed in. */
const world = async (t: Test, more: Readonly<Record<string, unknown>> = {}, session = {}) => {
  const rogue = await startRogueProvider(t)
  const { port } = await startUpstream(t)
  const running = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream: `http://127.0.0.1:${port}`, allow: [{ authenticated: true }] }],
    settings: { providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, ...more }], session },
  })
  await running.browser.visit('/')
  // As a provider's server sends it: there are no cookies.
  const post = (body: string, type = form) =>
    running.newBrowser().fetch(path, { method: 'POST', body, headers: { 'content-type': type } })
  return { ...running, rogue, post, send: (token: string) => post(`logout_token=${token}`) }
}

const statusOf = async ({ fetch }: Browser) => (await fetch('/')).status

t.test('a token that holds is answered with 200, once, and never stored (lessons 87, 88)', async t => {
  const { gate, browser, rogue, post, send } = await world(t)
  const token = rogue.logoutToken()
  const answer = await send(token)
  t.match(answer, { status: 200, body: '', setCookies: [], headers: { 'cache-control': 'no-store' } })
  t.equal(await statusOf(browser), 401)
  t.match(
    gate.lines.find(({ msg }) => msg === 'signed out by the provider'),
    { sessions: [/./], issuer: rogue.issuer },
  )

  t.match(await send(token), { status: 400 }, 'the same one again')
  const another = `and=more&logout_token=${rogue.logoutToken({ unknown: true })}`
  t.equal((await post(another)).status, 200, 'nobody is left to sign out, which is as well')
  t.notMatch(JSON.stringify(gate.lines), token.slice(-40), 'no token in the log')
})

const modules: ReadonlyArray<readonly [Fault, check: string]> = [
  ['backchannel-alg-none', 'signature'],
  ['backchannel-wrong-alg', 'signature'],
  ['backchannel-wrong-iss', 'iss'],
  ['backchannel-wrong-aud', 'aud'],
  ['backchannel-wrong-event', 'events'],
  ['backchannel-no-event', 'events'],
  ['backchannel-with-nonce', 'nonce'],
]

t.test('the lies of the certification suite are refused with 400, and everybody stays (lesson 88, T-07)', async t => {
  const { browser, gate, rogue, send } = await world(t)
  for (const [fault, check] of modules) {
    rogue.behave()
    rogue.misbehave(fault)
    const answer = await send(rogue.logoutToken())
    t.equal(answer.status, 400, fault)
    t.match(answer.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    t.match(JSON.parse(answer.body), { error: 'invalid_request', detail: check }, fault)
    t.match(
      gate.lines.findLast(({ msg }) => msg === 'logout token refused'),
      { check },
    )
    t.equal(await statusOf(browser), 200, fault)
  }
})

t.test('neither an ID token nor an access token of the provider signs anybody out', async t => {
  const { browser, rogue, send } = await world(t)
  const out = await browser.post('/_sallyport/logout', '')
  const idToken = new URL(out.location ?? '').searchParams.get('id_token_hint') ?? ''
  t.match(idToken, /^eyJ/)
  await browser.visit('/')
  const accessToken = rogue.logoutToken({ events: undefined, scope: 'openid' })
  for (const token of [idToken, accessToken, 'opaque', '', 'a.b.c', '.'.repeat(50_000)])
    t.equal((await send(token)).status, 400, token.slice(0, 20))
  t.equal(await statusOf(browser), 200)
})

t.test('a token that comes late lets those be who have signed in since (lesson 90)', async t => {
  const { browser, newBrowser, rogue, send } = await world(t)
  const before = Math.floor(Date.now() / 1000) - 60
  t.equal((await send(rogue.logoutToken({ iat: before }))).status, 200)
  t.equal((await send(rogue.logoutToken({ iat: before, sid: undefined }))).status, 200)
  t.equal(await statusOf(browser), 200)

  rogue.misbehave(claims({ sid: 'session-2' }))
  const other = newBrowser()
  await other.visit('/')
  t.equal((await send(rogue.logoutToken())).status, 200)
  t.equal(await statusOf(browser), 401)
  t.equal(await statusOf(other), 200, 'another session of the same person')
  t.equal((await send(rogue.logoutToken({ sid: undefined }))).status, 200)
  t.equal(await statusOf(other), 401)
})

t.test('a body that could be read in two ways, or not to its end, is refused (Z-17)', async t => {
  const { browser, gate, rogue, post } = await world(t)
  const token = rogue.logoutToken()
  const twice = `logout_token=${token}&logout_token=${token}`
  for (const [what, body, type, status] of [
    ['none', '', form, 400],
    ['no token', 'x=1', form, 400],
    ['two tokens', twice, form, 400],
    ['another type', `logout_token=${token}`, 'text/plain', 400],
    ['JSON', JSON.stringify({ logout_token: token }), 'application/json', 400],
    ['another charset', `logout_token=${token}`, `${form}; charset=utf-7`, 400],
    ['a look-alike', `logout_token=${token}`, `${form}-2`, 400],
    ['too much', `logout_token=${token}&x=${'x'.repeat(70_000)}`, form, 413],
  ] as const)
    t.equal((await post(body, type)).status, status, what)
  t.equal((await browser.get(`${path}?logout_token=${token}`)).status, 404, 'no GET')
  const head = `POST ${path}?logout_token=${token} HTTP/1.1\r\nHost: localhost:${gate.port}\r\nContent-Type: ${form}\r\n`
  t.equal((await sendRaw(gate.port, `${head}Content-Length: 0\r\nConnection: close\r\n\r\n`)).status, 400)
  t.equal(await statusOf(browser), 200)

  t.equal((await post(`logout_token=${token}`, `${form}; charset=UTF-8`)).status, 200, 'as Java writes it')
  t.equal(await statusOf(browser), 401)
})

t.test('a body in pieces, and one that waits to be asked for, arrive as well', async t => {
  const { browser, gate, rogue } = await world(t)
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost:${gate.port}\r\nContent-Type: ${form}\r\nConnection: close\r\n`
  const body = () => `logout_token=${rogue.logoutToken()}`
  const piece = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  const [first, second] = [body(), body()]
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${piece(first.slice(0, 100))}${piece(first.slice(100))}0\r\n\r\n`
  t.equal((await sendRaw(gate.port, chunked)).status, 200)
  t.equal(await statusOf(browser), 401)
  const waiting = `${head}Expect: 100-continue\r\nContent-Length: ${second.length}\r\n\r\n${second}`
  const answer = await sendRaw(gate.port, waiting)
  t.equal(answer.status, 200)
  t.equal(fieldOf(answer.headers, 'cache-control'), 'no-store')
})

t.test('while the keys cannot be had the provider is told to come again', async t => {
  const { browser, gate, rogue, send } = await world(t)
  rogue.misbehave(failing('jwks', 503))
  await gate.reload({ providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, timeout: '1s' }] })
  const token = rogue.logoutToken()
  const answer = await send(token)
  t.equal(answer.status, 503)
  t.ok(Number(answer.headers['retry-after']) > 0)
  t.equal(await statusOf(browser), 200)
  rogue.behave()
  t.equal((await send(token)).status, 200)
  t.equal(await statusOf(browser), 401)
})

t.test(
  'while the store cannot be asked the provider is told to come again, with the very same token (T-19)',
  { skip: missing('redis-server') },
  async t => {
    const redis = await startRedis(t, { config: inMemory })
    const store = { type: 'redis', url: `redis://127.0.0.1:${redis.port}`, timeout: '300ms' }
    const { browser, rogue, send } = await world(t, {}, { store, secrets: [randomBytes(32).toString('base64url')] })
    const token = rogue.logoutToken()
    redis.freeze()
    const answer = await send(token)
    t.equal(answer.status, 503)
    t.ok(Number(answer.headers['retry-after']) > 0)
    redis.thaw()
    while ((await send(token)).status === 503) await pause(50)
    t.equal(await statusOf(browser), 401)
    t.equal((await send(token)).status, 400, 'and then it is used up')
  },
)

t.test(
  'strangers with invented keys cost the provider two requests, and leave its own logins the rest (T-19)',
  async t => {
    const { browser, rogue, send } = await world(t)
    const before = rogue.calls.jwks
    rogue.misbehave('kid-unknown')
    for (let i = 0; i < 20; i++) t.equal((await send(rogue.logoutToken())).status, 400)
    t.equal(rogue.calls.jwks, before + 2)
    rogue.behave()
    rogue.rotateKeys()
    await browser.post('/_sallyport/logout', '')
    t.equal((await browser.visit('/')).status, 200, 'a login finds the new keys')
  },
)

t.test('a provider that may not end sessions here cannot', async t => {
  const { browser, rogue, send } = await world(t, { logout: { backChannel: false } })
  t.equal((await send(rogue.logoutToken())).status, 400)
  t.equal(await statusOf(browser), 200)
})
