import t from 'tap'
import { startGateAt } from '../support/gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

const upstream = await startUpstream(t)
const [corp, partner] = [await startRogueProvider(t), await startRogueProvider(t)]
const providers = [
  { name: 'corp', issuer: corp.issuer, ...corp.client },
  { name: 'partner', issuer: partner.issuer, ...partner.client },
]
const { gate, newBrowser } = await startGateAt(t, {
  provider: corp,
  settings: { providers },
  routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
})

t.test('a login begins with a cookie of its own and a redirect to the provider, all of it fresh', async t => {
  const browser = newBrowser()
  const first = await browser.get('/_sallyport/login')
  t.equal(first.status, 302)
  const { origin, searchParams } = new URL(first.location ?? '')
  t.equal(origin, corp.issuer)
  t.match(Object.fromEntries(searchParams), {
    response_type: 'code',
    client_id: corp.client.clientId,
    redirect_uri: `${gate.origin}/_sallyport/callback`,
    code_challenge_method: 'S256',
    code_challenge: /^[\w-]{43}$/,
    state: /^[\w-]{22,}$/,
    nonce: /^[\w-]{22,}$/,
    scope: /^openid /,
  })
  t.equal(first.headers['referrer-policy'], 'no-referrer')
  t.equal(first.setCookies.length, 1)
  t.match(first.setCookies[0], /^sallyport\.[^=]+=[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/)
  const second = new URL((await browser.get('/_sallyport/login')).location ?? '').searchParams
  for (const name of ['state', 'nonce', 'code_challenge']) t.not(second.get(name), searchParams.get(name), name)
})

t.test('a link may choose a configured provider, and nothing else (C-13)', async t => {
  const at = async (query: string) => newBrowser().get(`/_sallyport/login?${query}`)
  t.ok((await at('provider=partner')).location?.startsWith(partner.issuer))
  t.ok((await at('provider=corp&provider=partner')).location?.startsWith(corp.issuer), 'twice is as good as never')
  for (const name of ['other', '', 'Corp', '__proto__', corp.issuer]) {
    const unknown = await at(`provider=${encodeURIComponent(name)}`)
    t.equal(unknown.status, 404, name)
    t.same(unknown.setCookies, [])
  }
  const hopeful = new URL(
    (
      await at(
        'redirect_uri=//evil.test&state=m&scope=m&client_id=m&prompt=none&resource=m&max_age=0&acr_values=m&claims=m',
      )
    ).location ?? '',
  ).searchParams
  t.equal(hopeful.get('redirect_uri'), `${gate.origin}/_sallyport/callback`)
  for (const name of ['prompt', 'resource', 'max_age', 'acr_values', 'claims']) t.equal(hopeful.get(name), null, name)
  for (const name of ['state', 'scope', 'client_id']) t.not(hopeful.get(name), 'm', name)
})

t.test('the way back leads to a place on this host, and else to its front page', async t => {
  for (const [query, end] of [
    ['return_to=/a/b?c=d%26e', '/a/b?c=d&e'],
    ['return_to=/a&return_to=/b', '/'],
    ['return_to=https://evil.test/', '/'],
    ['return_to=//evil.test/', '/'],
    ['return_to=/%5Cevil.test', '/'],
    ['return_to=/%09/evil.test', '/'],
    ['return_to=/_sallyport/logout', '/'],
    ['return_to=/_SALLYPORT/login', '/'],
    ['return_to=', '/'],
    ['', '/'],
  ] as const) {
    const page = await newBrowser().visit(`/_sallyport/login?${query}`)
    t.equal(page.url, `${gate.origin}${end}`, query)
    t.equal(page.status, 200)
  }
})

t.test('scripts, images and prefetches begin no login', async t => {
  const browser = newBrowser()
  for (const headers of [
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    { 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-mode': 'navigate', 'sec-purpose': 'prefetch' },
  ]) {
    const answer = await browser.get('/_sallyport/login', { headers })
    t.equal(answer.status, 401)
    t.same(answer.setCookies, [])
    t.match(answer.headers['content-type'], 'application/problem+json')
  }
  const old = await browser.fetch('/_sallyport/login', { headers: { 'sec-fetch-mode': 'navigate', accept: '*/*' } })
  t.equal(old.status, 302, 'but whoever is going there may')
})
