import t from 'tap'
import { openBrowser } from '../support/browser.ts'
import { type GateOptions, startGate } from '../support/gate.ts'
import { fieldOf, sendRaw } from '../support/raw.ts'
import { startUpstream, type TestUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGate>[0]

const everybody = [{ authenticated: true }]
const at = ({ port }: TestUpstream): string => `http://127.0.0.1:${port}`

/** Four hosts: the public one, one by name, one by wildcard with an exception, and one that is open. */
const world = async (t: Tap, settings: GateOptions['settings'] = {}) => {
  const upstream = await startUpstream(t)
  const running = await startGate(t, {
    host: 'apps.localhost',
    settings,
    routes: [
      { name: 'home', upstream: at(upstream), allow: everybody },
      { name: 'wiki', hosts: ['wiki.apps.localhost'], upstream: at(upstream), allow: everybody },
      { name: 'any', hosts: ['*.apps.localhost'], upstream: at(upstream), public: true },
      { name: 'sre', hosts: ['sre.apps.localhost'], path: '/only', upstream: at(upstream), public: true },
    ],
  })
  const { port } = running.gate
  const originOf = (name: string) => `http://${name}.apps.localhost:${port}`
  const ask = (host: string, more = '', path = '/') =>
    sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\n${more}Connection: close\r\n\r\n`)
  return { ...running, upstream, originOf, ask }
}

t.test('each host has its own routes: the exact name first, then the longest wildcard', async t => {
  const { gate, ask } = await world(t)
  const routeOf = async (host: string, path = '/'): Promise<unknown> => {
    await ask(`${host}:${gate.port}`, '', path)
    return gate.lines.findLast(({ msg }) => msg === 'access')?.route
  }
  t.equal(await routeOf('apps.localhost'), 'home')
  t.equal(await routeOf('APPS.localhost.'), 'home', 'however it is spelled')
  t.equal(await routeOf('wiki.apps.localhost'), 'wiki')
  t.equal(await routeOf('notes.apps.localhost'), 'any')
  t.equal(await routeOf('deep.notes.apps.localhost'), 'any')
  t.equal(await routeOf('sre.apps.localhost', '/only/x'), 'sre')
  t.equal(await routeOf('sre.apps.localhost', '/'), '(none)', 'a host of its own does not fall back to the wildcard')
})

t.test('an address that is not quite right is told which part is not', async t => {
  const { gate, ask, upstream } = await world(t)
  const port = String(gate.port)
  const elsewhere = await ask(`evil.test:${port}`)
  t.match(elsewhere, { status: 421, body: /for the host &quot;evil.test&quot;|for the host "evil.test"/ })
  const number = await ask(`127.0.0.1:${port}`)
  t.match(number, { status: 421, body: /127\.0\.0\.1/ })
  const wrongPort = await ask('apps.localhost:1')
  t.match(wrongPort, { status: 421, body: new RegExp(`port 1, while publicUrl has ${port}`) })
  for (const host of ['apps.localhost,evil.test', 'apps.localhost:', 'a b', 'user@apps.localhost', '[::1', ''])
    t.equal((await ask(host)).status, 400, JSON.stringify(host))
  t.equal((await ask(`apps.localhost:${port}\r\nHost: evil.test`)).status, 400, 'two of them')
  t.equal(upstream.requests.length, 0)
})

t.test('a Host without a port is fine: a proxy in front may have left it out', async t => {
  const { gate, ask } = await world(t)
  const answer = await ask('apps.localhost')
  t.equal(answer.status, 302)
  t.equal(fieldOf(answer.headers, 'location'), '/_sallyport/login?return_to=%2F')
  const login = await ask('apps.localhost', '', '/_sallyport/login')
  const redirectUri = new URL(fieldOf(login.headers, 'location') ?? '').searchParams.get('redirect_uri')
  t.equal(redirectUri, `${gate.origin}/_sallyport/callback`, 'the port comes from publicUrl')
})

t.test('behind TLS that ends in front of it, the gateway speaks of https all the same (lesson 20)', async t => {
  const { ask } = await world(t, { server: { publicUrl: 'https://apps.localhost' } })
  t.equal(fieldOf((await ask('apps.localhost')).headers, 'location'), '/_sallyport/login?return_to=%2F')
  for (const said of ['', 'X-Forwarded-Proto: http\r\n', 'X-Forwarded-Proto: https\r\nX-Forwarded-Port: 80\r\n']) {
    const { headers } = await ask('apps.localhost', said, '/_sallyport/login')
    const { searchParams } = new URL(fieldOf(headers, 'location') ?? '')
    t.equal(searchParams.get('redirect_uri'), 'https://apps.localhost/_sallyport/callback', said)
    t.match(fieldOf(headers, 'set-cookie'), /^__Host-sallyport\..*; Secure;/)
  }
})

t.test('a login on another host comes back to that host, and its session is for that host alone', async t => {
  const { provider, originOf, upstream } = await world(t)
  const wiki = originOf('wiki')
  await provider.register([`${wiki}/_sallyport/callback`], [`${wiki}/_sallyport/signed-out`])
  const browser = openBrowser(wiki)
  const page = await browser.signInAs('bob', `${wiki}/page?x=1`)
  t.match(page, { status: 200, url: `${wiki}/page?x=1` })
  const { headers = [] } = upstream.requests.at(-1) ?? {}
  t.equal(fieldOf(headers, 'host'), new URL(wiki).host)
  t.equal(fieldOf(headers, 'x-forwarded-host'), new URL(wiki).host)

  const cookie = browser.cookies(wiki) ?? ''
  t.ok(cookie.startsWith('sallyport='))
  const carried = await openBrowser('http://x').fetch(wiki.replace('wiki.', ''), { headers: { cookie } })
  t.equal(carried.status, 401, 'carried to another host by hand, it opens nothing')
  const out = await browser.post(`${wiki}/_sallyport/logout`, '')
  t.equal(new URL(out.location ?? '').searchParams.get('post_logout_redirect_uri'), `${wiki}/_sallyport/signed-out`)
})

t.test('with cookie.domain one login is good for every host below it, and one logout ends it everywhere', async t => {
  const { gate, browser, originOf } = await world(t, { session: { cookie: { domain: 'apps.localhost' } } })
  const page = await browser.signInAs('ann', '/')
  t.equal(page.status, 200)
  const cookie = browser.cookies(gate.origin) ?? ''
  const wiki = openBrowser(originOf('wiki'))
  t.equal((await wiki.fetch('/', { headers: { cookie } })).status, 200)

  const out = await wiki.fetch('/_sallyport/logout', { method: 'POST', headers: { cookie } })
  t.ok(
    out.setCookies.some(line => /^sallyport=;.*; domain=apps\.localhost/i.test(line)),
    'deleted where it was set',
  )
  t.equal((await browser.fetch('/')).status, 401)
})

t.test('every cookie of a login names the domain, else a sibling would ask again for ever (lesson 26)', async t => {
  const { browser } = await world(t, { session: { cookie: { domain: 'apps.localhost' } } })
  const login = await browser.get('/_sallyport/login')
  t.equal(login.setCookies.length, 1)
  t.match(login.setCookies[0], /; Domain=apps\.localhost; Path=\/;.*HttpOnly/i)
})

t.test('X-Forwarded-Host counts from a trusted proxy only, and never more than one of it', async t => {
  const trusting = await world(t, { server: { trustedProxies: ['127.0.0.1'] } })
  const inside = `internal:8080\r\nX-Forwarded-Host: wiki.apps.localhost:${trusting.gate.port}`
  t.equal((await trusting.ask(inside)).status, 302)
  t.match(trusting.gate.access('/'), { route: 'wiki', host: 'wiki.apps.localhost' })
  t.equal((await trusting.ask(`internal\r\nX-Forwarded-Host: evil.test`)).status, 421)
  t.equal((await trusting.ask(`${inside}\r\nX-Forwarded-Host: apps.localhost`)).status, 400, 'two lines')
  t.equal((await trusting.ask(`internal\r\nX-Forwarded-Host: apps.localhost, wiki.apps.localhost`)).status, 400)
  const own = `apps.localhost\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1`
  const login = await trusting.ask(own, '', '/_sallyport/login')
  t.match(
    new URL(fieldOf(login.headers, 'location') ?? '').searchParams.get('redirect_uri'),
    `${trusting.gate.origin}/_sallyport/callback`,
    'scheme and port come from publicUrl, whatever a proxy says',
  )
})

t.test('from anybody else it changes nothing (lesson 85)', async t => {
  const { ask, gate } = await world(t)
  const answer = await ask(`apps.localhost:${gate.port}\r\nX-Forwarded-Host: evil.test\r\nForwarded: host=evil.test`)
  t.equal(answer.status, 302)
  t.notMatch(answer.head, 'evil.test')
  t.match(gate.access('/'), { host: 'apps.localhost', peer: '127.0.0.1' })
})
