// Logins that begin at another site (OpenID Connect Core 4).
import t from 'tap'
import { startGateAt } from '../support/gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGateAt>[0]

const world = async (t: Tap) => {
  const [rogue, second] = [await startRogueProvider(t), await startRogueProvider(t)]
  const { port } = await startUpstream(t)
  const upstream = `http://127.0.0.1:${port}`
  const running = await startGateAt(t, {
    provider: rogue,
    host: 'apps.localhost',
    routes: [
      { upstream, allow: [{ authenticated: true }] },
      { hosts: ['*.apps.localhost'], upstream, allow: [{ authenticated: true }] },
    ],
    settings: {
      providers: [rogue, second].map(({ issuer, client }, index) => ({ name: `p-${index}`, issuer, ...client })),
    },
  })
  const start = (params: Readonly<Record<string, string>>) => `/_sallyport/start?${new URLSearchParams(params)}`
  return { ...running, rogue, second, start, wiki: `http://wiki.apps.localhost:${running.gate.port}` }
}

t.test('the login begins at the provider that is named, and ends where the link leads', async t => {
  const { browser, newBrowser, gate, rogue, second, start } = await world(t)
  const page = await browser.visit(start({ iss: second.issuer, target_link_uri: `${gate.origin}/reports?year=2026` }))
  t.match(page, { url: `${gate.origin}/reports?year=2026`, status: 200 })
  t.equal(rogue.calls.authorize, 0)
  t.equal(second.calls.authorize, 1)

  const path = await newBrowser().visit(start({ iss: rogue.issuer, target_link_uri: '/reports' }))
  t.equal(path.url, `${gate.origin}/reports`)
  const none = await newBrowser().visit(start({ iss: rogue.issuer }))
  t.equal(none.url, `${gate.origin}/`)
})

t.test('a form may begin it as well', async t => {
  const { browser, gate, rogue } = await world(t)
  const body = new URLSearchParams({ iss: rogue.issuer, target_link_uri: '/reports', login_hint: 'ann' })
  const headers = { origin: 'https://portal.example', 'sec-fetch-site': 'cross-site' }
  const began = await browser.post('/_sallyport/start', `${body}`, { headers })
  t.equal((await browser.visit(String(began.location))).url, `${gate.origin}/reports`)
  t.equal(rogue.seen.authorize?.get('login_hint'), 'ann')
  const inQuery = await browser.post(`/_sallyport/start?${body}`, '', { headers })
  t.equal(inQuery.status, 400, 'a POST has its parameters in the body')
})

t.test('a link to another host of ours begins the login there', async t => {
  const { browser, rogue, start, wiki } = await world(t)
  const link = start({ iss: rogue.issuer, target_link_uri: `${wiki}/page?x=1`, login_hint: 'ann' })
  t.equal((await browser.visit(link)).url, `${wiki}/page?x=1`)
  t.equal(rogue.seen.authorize?.get('login_hint'), 'ann')
  t.equal((await browser.fetch(`${wiki}/`)).status, 200)
  t.equal((await browser.fetch('/')).status, 401, 'and only there')
})
