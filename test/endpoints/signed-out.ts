import t from 'tap'
import { startGateAt } from '../support/gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

t.test('the page says what has ended: the session here alone, or that at the provider too', async t => {
  const rogue = await startRogueProvider(t)
  const { browser } = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream: 'http://127.0.0.1:9', allow: [{ authenticated: true }] }],
  })
  const [here, both] = [
    await browser.get('/_sallyport/signed-out'),
    await browser.get('/_sallyport/signed-out?state=whatever'),
  ]
  for (const page of [here, both]) {
    t.equal(page.status, 200, 'without a session')
    t.match(page.body, 'You are signed out')
    t.match(page.body, 'href="/"')
    t.notMatch(page.body, 'whatever')
    t.match(page.headers['content-security-policy'], "form-action 'none'")
  }
  t.not(here.body, both.body)
})

t.test('whoever is still signed in is not told the contrary, but asked', async t => {
  const rogue = await startRogueProvider(t)
  const { browser } = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream: 'http://127.0.0.1:9', allow: [{ authenticated: true }] }],
  })
  await browser.visit('/')
  const page = await browser.get('/_sallyport/signed-out?state=whatever')
  t.match(page, { status: 200, setCookies: [] })
  t.match(page.body, 'Sign out?')
  t.notMatch(page.body, 'You are signed out')
  const end = await browser.submit(page, {}, '/_sallyport/logout')
  t.match(end.body, 'You are signed out')
  t.equal((await browser.fetch('/')).status, 401)
})
