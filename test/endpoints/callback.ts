import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { type Settings, startGateAt } from '../support/gate.ts'
import { inMemory, startRedis } from '../support/redis.ts'
import { claims, failing, metadata, redirect, userinfo } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'

const world = async (t: Test, settings: Settings = {}) => {
  const upstream = await startUpstream(t)
  const [corp, partner] = [await startRogueProvider(t), await startRogueProvider(t)]
  const providers = [
    { name: 'corp', issuer: corp.issuer, ...corp.client },
    { name: 'partner', issuer: partner.issuer, ...partner.client },
  ]
  const running = await startGateAt(t, {
    provider: corp,
    settings: { providers, ...settings },
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
  })
  const { browser, gate } = running
  /** Goes to the provider, and stops where it sends the browser back. */
  const callbackOf = async (login = '/_sallyport/login?return_to=/page') => {
    const { location = '' } = await browser.get((await browser.get(login)).location ?? '')
    return location
  }
  const lastRefusal = () => gate.lines.findLast(({ msg }) => msg === 'login refused')
  return { ...running, corp, partner, providers, callbackOf, lastRefusal }
}

t.test('a login that comes back brings a session, takes its own cookie away and goes home', async t => {
  const { browser, gate, callbackOf } = await world(t)
  const page = await browser.get(await callbackOf())
  t.match(page, { status: 303, location: '/page', body: '' })
  t.equal(page.headers['cache-control'], 'no-store')
  t.equal(page.headers['referrer-policy'], 'no-referrer', 'the code stays in this address')
  t.match(
    page.setCookies.find(line => line.startsWith('sallyport=')),
    /; Path=\/; HttpOnly; SameSite=Lax$/,
  )
  t.match(
    page.setCookies.find(line => line.startsWith('sallyport.')),
    /=; Max-Age=0;/,
  )
  const line = gate.lines.findLast(({ msg }) => msg === 'signed in')
  t.equal(gate.access('/_sallyport/callback')?.session, line?.session)
})

t.test('an answer of one provider does not finish a login at another (mix-up) (C-07)', async t => {
  const { browser, corp, partner, callbackOf, lastRefusal } = await world(t)
  const honest = new URL(await callbackOf())
  honest.searchParams.set('iss', partner.issuer)
  const page = await browser.get(honest.href)
  t.equal(page.status, 400)
  t.match(lastRefusal(), { failure: 'login-mixed-up' })
  t.equal(corp.calls.token + partner.calls.token, 0, 'the code went nowhere')
})

t.test('each provider has a redirect URI of its own, the same text at both endpoints (lesson 21)', async t => {
  const { browser, newBrowser, gate, corp, partner } = await world(t)
  t.equal((await browser.visit('/_sallyport/login?provider=corp&return_to=/page')).status, 200)
  t.equal((await newBrowser().visit('/_sallyport/login?provider=partner&return_to=/page')).status, 200)
  for (const [{ seen }, path] of [
    [corp, '/_sallyport/callback'],
    [partner, '/_sallyport/callback/partner'],
  ] as const)
    for (const step of [seen.authorize, seen.token]) t.equal(step?.get('redirect_uri'), `${gate.origin}${path}`)
})

t.test('providers that do not name themselves cannot be mixed up either (RFC 9700 4.4.2.2)', async t => {
  const { newBrowser, gate, corp, partner, lastRefusal } = await world(t)
  for (const provider of [corp, partner])
    provider.misbehave(
      metadata({ authorization_response_iss_parameter_supported: undefined }),
      redirect({ iss: undefined }),
    )
  for (const [evil, honest, itsDoor] of [
    ['partner', corp, '/_sallyport/callback'],
    ['corp', partner, '/_sallyport/callback/partner'],
  ] as const) {
    const victim = newBrowser()
    const { location = '' } = await victim.get(`/_sallyport/login?provider=${evil}`)
    // The evil one sends the browser on to the honest one, which knows only the redirect URI that was registered there.
    const asked = new URL(`${honest.issuer}/authorize${new URL(location).search}`)
    asked.searchParams.set('redirect_uri', `${gate.origin}${itsDoor}`)
    const back = await victim.get(asked.href)
    t.match(back.location, `${itsDoor}?`)
    t.equal((await victim.get(back.location ?? '')).status, 400, `begun at ${evil}`)
    t.match(lastRefusal(), { failure: 'login-mixed-up', found: /redirect URI of another provider/ })
  }
  t.equal(corp.calls.token + partner.calls.token, 0, 'no code went anywhere')
})

t.test('an answer that is carried to the door of another provider is refused (C-07)', async t => {
  const { browser, newBrowser, corp, partner, callbackOf, lastRefusal } = await world(t)
  const doors = ['/_sallyport/callback', '/_sallyport/callback/partner', '/_sallyport/callback/corp']
  for (const name of ['corp', 'partner']) {
    const own = name === 'corp' ? doors[0] : doors[1]
    for (const door of [...doors, '/_sallyport/callback/', '/_sallyport/callback/nobody'].filter(
      door => door !== own,
    )) {
      const back = new URL(await callbackOf(`/_sallyport/login?provider=${name}`))
      const page = await browser.get(`${door}${back.search}`)
      t.ok(page.status === 400 || page.status === 404, `${name} at ${door}`)
      if (page.status === 400) t.match(lastRefusal(), { failure: 'login-mixed-up' })
    }
  }
  const [atCorp, atPartner] = [await callbackOf(), await callbackOf('/_sallyport/login?provider=partner')]
  const swapped = new URL(atCorp)
  swapped.searchParams.set('state', new URL(atPartner).searchParams.get('state') ?? '')
  t.equal((await browser.get(swapped.href)).status, 400, 'the state of one login, the code of the other')
  t.equal((await newBrowser().get(swapped.href)).status, 400)
  t.equal(corp.calls.token + partner.calls.token, 0)
})

t.test('a login that was begun under other settings is not finished under these', async t => {
  const { browser, gate, corp, partner, callbackOf, lastRefusal } = await world(t)
  const callback = await callbackOf()
  await gate.reload({ providers: [{ name: 'corp', issuer: partner.issuer, ...partner.client }] })
  const page = await browser.get(callback)
  t.equal(page.status, 400)
  t.match(page.body, 'return_to=%2Fpage')
  t.match(lastRefusal(), { failure: 'login-unknown', found: /another configuration/ })
  t.equal(corp.calls.token + partner.calls.token, 0)
})

t.test('a callback at another address than it was sent to is none', async t => {
  const { browser, gate, callbackOf, lastRefusal } = await world(t)
  const callback = await callbackOf()
  const server = { listen: `127.0.0.1:${gate.port}`, publicUrl: gate.origin, prefix: '/oauth2' }
  await gate.reload({ server })
  t.equal((await browser.get(callback.replace('/_sallyport/', '/oauth2/'))).status, 400)
  t.match(lastRefusal(), { failure: 'login-unknown' })
})

t.test(
  'nothing of an answer is repeated, whatever it says and whether its login is known (lesson 17, C-19)',
  async t => {
    const { browser, callbackOf } = await world(t)
    const words = `<script>ec"ho'</script>&lt;echo`
    const state = async () => new URL(await callbackOf()).searchParams.get('state') ?? ''
    for (const answer of [
      { error: words, error_description: words, error_uri: words, state: words },
      { error: words, error_description: words, error_uri: words, state: await state() },
      { error: 'access_denied', error_description: words, error_uri: `javascript:${words}`, state: await state() },
      { code: words, state: words, iss: words },
      { code: words, state: await state(), iss: words },
      { code: words, state: await state(), [words]: words },
    ]) {
      const page = await browser.get(`/_sallyport/callback?${new URLSearchParams(answer)}`)
      t.equal(page.status, 400, JSON.stringify(answer).slice(0, 80))
      t.notMatch(page.body + JSON.stringify(page.headers), /ec.{0,6}ho/)
    }
  },
)

t.test('a program that follows the redirect of a failed login reads problem details', async t => {
  const { browser } = await world(t)
  const answer = await browser.fetch('/_sallyport/callback?code=x&state=y')
  t.equal(answer.status, 400)
  t.match(JSON.parse(answer.body), { code: 'login-unknown', loginUrl: '/_sallyport/login' })
})

t.test('more claims than a cookie can keep are a page that says so, and no loop (lesson 32)', async t => {
  const { browser, corp, callbackOf } = await world(t, {
    session: { store: { type: 'cookie' }, secrets: ['f3c1aa08d7e64b0e9b0d5a7c2e1f4d6b8a9c0e1d'] },
  })
  corp.misbehave(userinfo({ groups: Array.from({ length: 3000 }, () => crypto.randomUUID()) }))
  const page = await browser.get(await callbackOf())
  t.equal(page.status, 403)
  t.match(page.body, 'more information than this gateway can keep')
  t.equal(browser.cookies('/'), undefined)
})

t.test('while userinfo that is wanted cannot be had, nobody gets in with fewer groups than they have', async t => {
  const { browser, corp, callbackOf } = await world(t)
  corp.misbehave(claims({ groups: undefined }), failing('userinfo', 503))
  const page = await browser.get(await callbackOf())
  t.match(page, { status: 503, headers: { 'retry-after': '5' }, body: /login\?return_to=%2Fpage/ })
  t.notOk(page.setCookies.some(line => /^sallyport=[^;]/.test(line)))
  t.equal((await browser.fetch('/')).status, 401)
})

t.test('logins are counted by provider, as they begin, succeed and fail', async t => {
  const { browser, newBrowser, gate, partner, callbackOf } = await world(t)
  await browser.get(await callbackOf())
  partner.misbehave('nonce-invalid')
  await newBrowser().visit('/_sallyport/login?provider=partner')
  const text = await (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text()
  for (const [provider, outcome] of [
    ['corp', 'started'],
    ['corp', 'succeeded'],
    ['partner', 'started'],
    ['partner', 'failed'],
  ] as const)
    t.match(text, `sallyport_logins_total{provider="${provider}",outcome="${outcome}"} 1\n`)
  t.match(text, 'sallyport_sessions 1\n')
})

t.test(
  'a login whose session the store cannot keep is a 503 without a session, and may begin again (T-19)',
  { skip: missing('redis-server') },
  async t => {
    const redis = await startRedis(t, { config: inMemory })
    const store = { type: 'redis', url: `redis://127.0.0.1:${redis.port}`, timeout: '300ms' }
    const { browser, callbackOf } = await world(t, {
      session: { store, secrets: [randomBytes(32).toString('base64')] },
    })
    const callback = await callbackOf()
    redis.freeze()
    const page = await browser.get(callback)
    t.equal(page.status, 503)
    t.notOk(page.setCookies.some(line => /^sallyport=[^;]/.test(line)))
    redis.thaw()
    t.equal((await browser.visit('/')).status, 200)
  },
)
