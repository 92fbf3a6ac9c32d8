import t, { type Test } from 'tap'
import { startGateAt } from '../support/gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startSite } from '../support/site.ts'
import { startUpstream } from '../support/upstream.ts'

const world = async (t: Test) => {
  const rogue = await startRogueProvider(t)
  const { port } = await startUpstream(t)
  const upstream = `http://127.0.0.1:${port}`
  const running = await startGateAt(t, {
    provider: rogue,
    host: 'apps.localhost',
    routes: [
      { upstream, allow: [{ authenticated: true }] },
      { hosts: ['*.apps.localhost'], upstream, allow: [{ authenticated: true }] },
    ],
  })
  const start = (params: Readonly<Record<string, string>>) => `/_sallyport/start?${new URLSearchParams(params)}`
  return { ...running, rogue, start, wiki: `http://wiki.apps.localhost:${running.gate.port}` }
}

t.test('a link to anywhere else leads to the front page (lesson 84, R-11)', async t => {
  const { newBrowser, gate, rogue, start, wiki } = await world(t)
  const own = `localhost:${gate.port}`
  for (const target of [
    ...['https://evil.test', 'https://evil.test/', '//evil.test', '/\\evil.test', '\\\\evil.test', 'https:evil.test'],
    ...[`http://apps.${own}@evil.test/`, `http://evil.test/#apps.${own}`, `http://evil.test\\@apps.${own}/`],
    ...[`https://apps.${own}/x`, 'http://apps.localhost/x', `http://apps.localhost:1/x`, `http://other.${own}/x`],
    ...[`http://apps.${own}//evil.test`, `http://apps.${own}/\\evil.test`, `http://apps.${own}/..//evil.test`],
    ...[`http://apps.${own}/_sallyport/logout`, `${wiki}/_sallyport/start?iss=x`, `http://apps.${own}/x#y`],
    ...['javascript:alert(1)', 'data:text/html,x', '/\t/evil.test', `http://apps.${own}/\r\nX: y`, ' /x', ''],
  ]) {
    const { url } = await newBrowser().visit(start({ iss: rogue.issuer, target_link_uri: target }))
    t.match(url, /^http:\/\/(?:wiki\.)?apps\.localhost:\d+\/$/, target)
  }
  const twice = await newBrowser().visit(`${start({ iss: rogue.issuer })}&target_link_uri=/a&target_link_uri=/b`)
  t.equal(twice.url, `${gate.origin}/`)
})

t.test('an issuer that is not configured, to the letter, is refused and never asked (X-06)', async t => {
  const { browser, rogue, start } = await world(t)
  const site = await startSite(t, (_, response) => response.end())
  for (const iss of [
    ...[site.origin, `${site.origin}/.well-known`, '', 'corp', `${rogue.issuer}/`, rogue.issuer.toUpperCase()],
    rogue.issuer.replace('127.0.0.1', '0177.0.0.1'),
  ]) {
    const answer = await browser.get(start({ iss }))
    t.equal(answer.status, 400, iss)
    t.same(answer.setCookies, [])
  }
  for (const url of ['/_sallyport/start', `${start({ iss: rogue.issuer })}&iss=${rogue.issuer}`])
    t.equal((await browser.get(url)).status, 400)
  t.equal(site.requests.length, 0)
  t.equal(rogue.calls.authorize, 0)
})

t.test('of what a link says only a readable login hint goes on to the provider', async t => {
  const { newBrowser, rogue, start } = await world(t)
  const link = { iss: rogue.issuer, scope: 'all', prompt: 'none', redirect_uri: 'https://evil.test', client_id: 'x' }
  await newBrowser().visit(start({ ...link, response_mode: 'fragment', state: 's', request_uri: 'https://evil.test' }))
  const { authorize } = rogue.seen
  for (const name of ['prompt', 'response_mode', 'request_uri', 'login_hint', 'iss', 'target_link_uri'])
    t.notOk(authorize?.has(name), name)
  t.notMatch(String(authorize), /evil|scope=all|state=s&/)

  for (const [hint, passed] of [
    ['ann@example.com', true],
    ['Ann Ärcher +1', true],
    ['x'.repeat(257), false],
    ['a\r\nb', false],
    ['a\u0000b', false],
    ['a\u2028b', false],
    ['a\u202eb', false],
  ] as const) {
    await newBrowser().visit(start({ iss: rogue.issuer, login_hint: hint }))
    t.equal(rogue.seen.authorize?.get('login_hint') ?? undefined, passed ? hint : undefined)
  }
})

t.test('scripts and images of other sites begin nothing', async t => {
  const { browser, rogue, start } = await world(t)
  const headers = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'cross-site' }
  const image = await browser.get(start({ iss: rogue.issuer }), { headers })
  t.equal(image.status, 401)
  t.same(image.setCookies, [])
})
