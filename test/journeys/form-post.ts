// Logins whose answer the provider has the browser post as a form (OAuth 2.0 Form Post Response Mode).
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Page } from '../support/browser.ts'
import { makeAuthority } from '../support/certificates.ts'
import { startChromium } from '../support/chromium.ts'
import { type Settings, startGateAt } from '../support/gate.ts'
import { type Behaviour, refuses, userinfo } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'

/** TLS ends in front of the gateway, at the same issuer there are both ways to answer. */
const world = async (t: Test, settings: Settings = {}) => {
  const rogue = await startRogueProvider(t)
  const upstream = await startUpstream(t)
  const provider = { issuer: rogue.issuer, ...rogue.client }
  const providers = [
    { name: 'form', ...provider, responseMode: 'form_post' },
    { name: 'query', ...provider },
  ]
  const running = await startGateAt(t, {
    provider: rogue,
    scheme: 'https',
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
    settings: { providers, ...settings },
  })
  const refusal = () => running.gate.lines.findLast(({ msg }) => msg === 'login refused')
  return { ...running, rogue, upstream, refusal }
}

/** Where the form of the provider leads, and what it would post. */
function answerIn(page: Page) {
  const url = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const inputs = page.body.matchAll(/name="([^"]+)" value="([^"]*)"/g)
  return { url, params: new URLSearchParams(Array.from(inputs, ([, name = '', value = '']) => [name, value])) }
}

t.test('the answer comes as a form, and the code is in no address', async t => {
  const { browser, gate, rogue } = await world(t)
  const form = await browser.visit('/reports?year=2026')
  t.equal(new URL(form.url).origin, rogue.issuer)
  t.match(browser.cookies('/'), /^__Host-sallyport\.login\.[\w-]{12}=/)
  t.match(await browser.submit(form), { status: 200, url: `${gate.origin}/reports?year=2026` })
  t.match(browser.cookies('/'), /^__Host-sallyport=[^;]+$/)
  t.match(gate.access('/_sallyport/callback'), { method: 'POST', status: 303 })
  t.notOk(JSON.stringify(gate.lines).includes(rogue.seen.token?.get('code') ?? '-'))
})

t.test('an answer counts only in the way that was asked for', async t => {
  const { newBrowser, rogue, refusal } = await world(t)
  const one = newBrowser()
  const { url, params } = answerIn(await one.visit('/_sallyport/login?provider=form'))
  t.equal((await one.get(`${url}?${params}`)).status, 400, 'the form in an address')
  t.match(refusal(), { failure: 'login-unknown', found: /came as query, and form_post was asked for/ })

  const other = newBrowser()
  const login = await other.get('/_sallyport/login?provider=query')
  const back = new URL((await other.get(login.location ?? '')).location ?? '')
  t.equal((await other.post(back.origin + back.pathname, `${back.searchParams}`)).status, 400, 'the address in a form')
  t.match(refusal(), { failure: 'login-unknown', found: /came as form_post, and query was asked for/ })
  t.equal(rogue.calls.token, 0)
})

t.test('what is in the address of a form, or in no plain form, is not read', async t => {
  const { browser, rogue } = await world(t)
  const { url, params } = answerIn(await browser.visit('/'))
  const twice = `${params}&state=${params.get('state')}`
  for (const [what, address, body, type, status] of [
    ['everything in the address', `${url}?${params}`, '', 'application/x-www-form-urlencoded', 400],
    ['a state that came twice', url, twice, 'application/x-www-form-urlencoded', 400],
    ['another kind of body', url, `${params}`, 'text/plain', 400],
    ['an endless form', url, `${params}&x=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded', 413],
  ] as const)
    t.equal((await browser.post(address, body, { headers: { 'content-type': type } })).status, status, what)
  t.equal(rogue.calls.token, 0)
  t.equal((await browser.post(url, `${params}`)).status, 303, 'and the login is still there')
})

t.test('a form that another site posts finishes no login that was not begun in this browser', async t => {
  const { newBrowser, rogue, refusal } = await world(t)
  const attacker = answerIn(await newBrowser().visit('/'))
  const victim = newBrowser()
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  const page = await victim.post(attacker.url, `${attacker.params}`, { headers, fromElsewhere: true })
  t.equal(page.status, 400)
  t.match(refusal(), { failure: 'login-unknown' })
  t.equal(rogue.calls.token, 0)
})

const goneRoundOnce = (): Behaviour => {
  let refusals = 1
  return { redirect: params => refusals-- > 0 && refuses('temporarily_unavailable').redirect?.(params) }
}

for (const store of ['memory', 'cookie'])
  t.test(`the session from before ends, though its cookie does not come along (${store} store)`, async t => {
    const session = { secrets: [randomBytes(32).toString('base64')], store: { type: store } }
    const { browser, newBrowser, rogue } = await world(t, { session })
    rogue.misbehave(userinfo({ groups: Array.from({ length: 300 }, () => crypto.randomUUID()) }))
    await browser.submit(await browser.visit('/'))
    rogue.behave()
    const before = { cookie: browser.cookies('/') ?? '' }
    const asked = await newBrowser().fetch('/', { headers: before })
    t.equal(asked.status, 200)
    rogue.misbehave(goneRoundOnce())
    const round = await browser.submit(await browser.visit('/_sallyport/login'))
    t.equal((await browser.submit(round)).status, 200, 'also when it took two rounds')
    t.equal((await browser.fetch('/')).status, 200, 'and of a longer cookie nothing is left')
    t.equal((await newBrowser().fetch('/', { headers: before })).status, 401, 'an old copy opens nothing')
  })

t.test('a strict session cookie stays at home as well, and its session ends all the same', async t => {
  const { browser, newBrowser } = await world(t, { session: { cookie: { sameSite: 'strict' } } })
  await browser.visit('/_sallyport/login?provider=query')
  const before = { cookie: browser.cookies('/') ?? '' }
  t.equal((await browser.fetch('/')).status, 200)
  const login = await browser.get('/_sallyport/login?provider=query')
  const { location = '' } = await browser.get(login.location ?? '')
  const lax =
    browser
      .cookies('/')
      ?.split('; ')
      .filter(cookie => cookie.includes('.login.')) ?? []
  t.equal((await newBrowser().get(location, { headers: { cookie: lax.join('; ') } })).status, 200)
  t.equal((await browser.fetch('/', { headers: before })).status, 401)
})

t.test(
  'a real browser brings the cookie of the login along with the form, and is signed in (lesson 24)',
  { skip: missing('chromium') },
  async t => {
    const rogue = await startRogueProvider(t)
    const { port } = await startUpstream(t)
    const tls = makeAuthority(t.testdir({})).issue('DNS:localhost')
    const { gate } = await startGateAt(t, {
      provider: rogue,
      scheme: 'https',
      routes: [{ upstream: `http://127.0.0.1:${port}`, allow: [{ authenticated: true }] }],
      settings: {
        server: { tls },
        providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, responseMode: 'form_post' }],
      },
    })
    const chromium = await startChromium()
    t.teardown(() => chromium.close())
    const context = await chromium.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    for (const path of ['/reports?year=2026', '/_sallyport/login?return_to=/again']) {
      await page.goto(gate.origin + path)
      await page.waitForURL(url => url.origin === gate.origin)
      t.match(await page.textContent('body'), '"method":"GET"', path)
    }
    t.equal(page.url(), `${gate.origin}/again`)
    t.match(await context.cookies(gate.origin), [{ name: '__Host-sallyport', sameSite: 'Lax' }])
    t.equal(rogue.calls.token, 2)
    const metrics = await (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text()
    t.match(metrics, 'sallyport_sessions 1\n', 'the second login has replaced the first')
  },
)
