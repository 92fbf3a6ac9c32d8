import t from 'tap'
import { openBrowser } from '../support/browser.ts'
import { startGate } from '../support/gate.ts'
import { startUpstream } from '../support/upstream.ts'

const world = async (t: Tap) => {
  const upstream = await startUpstream(t)
  return startGate(t, { routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }] })
}

type Tap = Parameters<typeof startGate>[0]

t.test(
  'signing out ends the session here and at the provider, and the old cookie is worth nothing (lessons 82, 83)',
  async t => {
    const { gate, browser } = await world(t)
    await browser.signInAs('ann', '/')
    const stolen = browser.cookies('/') ?? ''

    const out = await browser.post('/_sallyport/logout', '')
    t.equal(out.status, 303)
    const asked = new URL(out.location ?? '')
    t.ok(asked.searchParams.has('id_token_hint'))
    t.equal(asked.searchParams.get('post_logout_redirect_uri'), `${gate.origin}/_sallyport/signed-out`)
    t.equal(browser.cookies('/'), undefined, 'the jar is empty')

    let page = await browser.visit(asked.href)
    if (/<form/.test(page.body)) page = await browser.submit(page)
    t.equal(new URL(page.url).pathname, '/_sallyport/signed-out')
    t.equal(page.status, 200)
    t.match(page.body, 'You are signed out')

    t.equal((await openBrowser(gate.origin).fetch('/', { headers: { cookie: stolen } })).status, 401)
    const again = await browser.get('/')
    t.equal(again.status, 302, 'and the next visit begins with a login')
  },
)

t.test('another site can neither log out with a link nor with a form (lesson 86, C-18)', async t => {
  const { browser } = await world(t)
  await browser.signInAs('ann', '/')

  const image = await browser.get('/_sallyport/logout', {
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  })
  t.equal(image.status, 200)
  t.match(image.body, 'Sign out?')
  t.same(image.setCookies, [])
  const form = await browser.post('/_sallyport/logout', '', {
    headers: { 'sec-fetch-site': 'cross-site', origin: 'http://evil.test' },
  })
  t.equal(form.status, 403)
  const opaque = await browser.post('/_sallyport/logout', '', { headers: { origin: 'null' } })
  t.equal(opaque.status, 403)
  t.equal((await browser.fetch('/')).status, 200, 'still signed in')

  const link = await browser.get('/_sallyport/logout', { headers: { 'sec-fetch-site': 'same-origin' } })
  t.equal(link.status, 303)
  t.equal((await browser.fetch('/')).status, 401)
})

t.test('logging out works when the session here is gone already (lesson 82)', async t => {
  const { browser, provider } = await world(t)
  const out = await browser.post('/_sallyport/logout', '')
  t.equal(out.status, 303)
  t.ok(out.location?.startsWith(provider.issuer))
  const { searchParams } = new URL(out.location ?? '')
  t.notOk(searchParams.has('id_token_hint'))
  t.equal(searchParams.get('client_id'), provider.client.clientId, 'so the provider knows whose return address that is')
  const back = await browser.submit(await browser.visit(String(out.location)), { logout: 'yes' })
  t.equal(new URL(back.url).pathname, '/_sallyport/signed-out')
})

t.test(
  'the signed-out page needs no session, and a state that comes back changes nothing (lessons 92, 93)',
  async t => {
    const { browser } = await world(t)
    for (const query of ['', '?state=other', '?state=a&state=b', '?return_to=//evil.test']) {
      const page = await browser.get(`/_sallyport/signed-out${query}`)
      t.equal(page.status, 200)
      t.equal(page.headers['cache-control'], 'no-store')
      t.notMatch(page.body, 'evil.test')
    }
  },
)

t.test('programs that log out are told where to go on', async t => {
  const { browser, provider } = await world(t)
  await browser.signInAs('ann', '/')
  const answer = await browser.fetch('/_sallyport/logout', { method: 'POST', headers: { accept: 'application/json' } })
  t.equal(answer.status, 200)
  t.ok(JSON.parse(answer.body).location.startsWith(provider.issuer))
})

t.test('who am I: identity and limits, never a token', async t => {
  const { browser, gate } = await world(t)
  const nobody = await browser.fetch('/_sallyport/me')
  t.equal(nobody.status, 401)
  t.match(JSON.parse(nobody.body), { loginUrl: `${gate.origin}/_sallyport/login` })
  await browser.signInAs('ann', '/')
  const me = await browser.fetch('/_sallyport/me')
  t.equal(me.status, 200)
  t.match(JSON.parse(me.body), {
    user: 'ann',
    email: 'ann@example.com',
    groups: ['sre', 'staff'],
    session: { expiresAt: String },
  })
  t.notMatch(me.body, /eyJ|token/i)
})
