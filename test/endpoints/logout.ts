import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startGateAt } from '../support/gate.ts'
import { metadata, silent } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

/** Two providers: people may sign in at either, and must be signed out where they did. */
const world = async (t: Test, logout = {}) => {
  const upstream = await startUpstream(t)
  const [corp, partner] = [await startRogueProvider(t), await startRogueProvider(t)]
  const providers = [
    { name: 'corp', issuer: corp.issuer, ...corp.client, logout },
    { name: 'partner', issuer: partner.issuer, ...partner.client },
  ]
  const running = await startGateAt(t, {
    provider: corp,
    settings: { providers },
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
  })
  return { ...running, corp, partner }
}

t.test('who signed in at one provider is signed out there, and no other sees the token', async t => {
  const { browser, gate, partner } = await world(t)
  await browser.visit('/_sallyport/login?provider=partner')
  const out = await browser.post('/_sallyport/logout', '')
  const asked = new URL(out.location ?? '')
  t.equal(asked.origin, partner.issuer)
  t.match(Object.fromEntries(asked.searchParams), {
    post_logout_redirect_uri: `${gate.origin}/_sallyport/signed-out`,
    id_token_hint: /^eyJ/,
    client_id: partner.client.clientId,
    state: /^[\w-]{22}$/,
  })
  const page = await browser.visit(asked.href)
  t.match(page, { status: 200, url: /\/_sallyport\/signed-out\?state=/ })
})

t.test('a provider that has no such place, or is not to be asked, is left alone', async t => {
  const never = await world(t, { rpInitiated: 'never' })
  await never.browser.visit('/')
  t.match(await never.browser.post('/_sallyport/logout', ''), { status: 303, location: '/_sallyport/signed-out' })

  const without = await startRogueProvider(t)
  without.misbehave(metadata({ end_session_endpoint: undefined }))
  const upstream = await startUpstream(t)
  const { browser } = await startGateAt(t, {
    provider: without,
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
  })
  await browser.visit('/')
  t.match(await browser.post('/_sallyport/logout', ''), { status: 303, location: '/_sallyport/signed-out' })
  t.equal((await browser.fetch('/')).status, 401, 'and the session here is over all the same')
})

t.test(
  'only a link on our own origin logs out by GET; HEAD, an image, a prefetch, a typed address and another site never do (C-18)',
  async t => {
    const { browser } = await world(t)
    const ownLink = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    await browser.visit('/')
    for (const [method, headers] of [
      ['HEAD', ownLink],
      ['GET', { ...ownLink, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
      ['GET', { ...ownLink, 'sec-fetch-dest': 'iframe' }],
      ['GET', { ...ownLink, 'sec-purpose': 'prefetch' }],
      ['GET', { ...ownLink, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
      ['GET', { 'sec-fetch-site': 'none' }],
      ['GET', { 'sec-fetch-site': 'same-site' }],
      ['GET', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
      ['GET', {}],
    ] as const) {
      const page = await browser.get('/_sallyport/logout', { method, headers })
      t.equal(page.status, 200, `${method} ${JSON.stringify(headers)}`)
      t.same(page.setCookies, [])
    }
    t.equal((await browser.fetch('/')).status, 200, 'still signed in')
    const asked = await browser.get('/_sallyport/logout')
    t.equal(
      new URL((await browser.submit(asked)).url).pathname,
      '/_sallyport/signed-out',
      'the button on the page does',
    )
    t.equal((await browser.fetch('/')).status, 401)

    await browser.visit('/')
    t.equal((await browser.get('/_sallyport/logout', { headers: ownLink })).status, 303)
    t.equal((await browser.fetch('/')).status, 401, 'a link needs no second click')
  },
)

t.test('a program that says nothing of where it comes from may POST; one that wants JSON gets the address', async t => {
  const { browser, corp } = await world(t)
  await browser.visit('/')
  const headers = { 'sec-fetch-site': 'same-origin', accept: 'application/json' }
  const answer = await browser.fetch('/_sallyport/logout', { method: 'POST', headers })
  t.equal(answer.status, 200)
  t.ok(JSON.parse(answer.body).location.startsWith(corp.issuer))
  t.ok(answer.setCookies.some(line => /^sallyport=; Max-Age=0/.test(line)))
})

t.test('a parameter of the logout chooses nothing', async t => {
  const { browser, gate } = await world(t)
  for (const query of ['post_logout_redirect_uri=https://evil.test', 'return_to=//evil.test', 'state=mine']) {
    const out = await browser.post(`/_sallyport/logout?${query}`, query)
    t.notMatch(out.location, /evil|mine/)
    t.match(new URL(out.location ?? '').searchParams.get('post_logout_redirect_uri'), gate.origin)
  }
})

t.test('the tokens are revoked where they came from, and nobody waits for it (lesson 81)', async t => {
  const { browser, corp, partner } = await world(t)
  partner.misbehave(silent('revoke'))
  await browser.visit('/_sallyport/login?provider=partner')
  t.equal((await browser.post('/_sallyport/logout', '')).status, 303, 'the answer is there before that of the provider')
  while (partner.calls.revoke === 0) await pause(5)

  await browser.visit('/')
  await browser.post('/_sallyport/logout', '')
  while (corp.calls.revoke === 0) await pause(5)
  await browser.post('/_sallyport/logout', '')
  await browser.post('/_sallyport/logout', '')
  t.same([corp.calls.revoke, partner.calls.revoke], [1, 1], 'and once each')
})

t.test('after a reload no other provider under the same name sees the token', async t => {
  const { browser, gate, partner } = await world(t)
  await browser.visit('/')
  await gate.reload({ providers: [{ name: 'corp', issuer: partner.issuer, ...partner.client }] })
  const out = await browser.post('/_sallyport/logout', '')
  t.equal(out.location, '/_sallyport/signed-out')
  t.equal(partner.calls.revoke, 0)
  t.equal((await browser.fetch('/')).status, 401)
})
