// R, links from elsewhere: another site may begin a login and say where on our hosts it is to end; every other host is the front page.
import t from 'tap'
import { buildFort, refused } from '../support/attack.ts'
import { openBrowser } from '../support/browser.ts'
import { buildHomeward, locationOf } from '../support/homeward.ts'
import { fieldsOf } from '../support/wire.ts'
import returnTargets from './fixtures/return-targets.json' with { type: 'json' }

const frontProxy = '127.0.0.3'
const home = await buildHomeward(t, {
  settings: { server: { trustedProxies: [`${frontProxy}/32`] } },
  moreRoutes: [{ name: 'b', hosts: ['b.localhost', '*.wiki.localhost'], allow: [{ authenticated: true }] }],
})
const { gate, provider, strike, navigation, leadsAway, sealedReturn } = home
const { port } = gate

/** A link, or a form that posts itself. */
type Means = 'link' | 'form'

/** Where it ends with this target: an address on one of our hosts, as a whole. */
async function endOf(target: string, means: Means = 'link'): Promise<string | undefined> {
  const query = new URLSearchParams({ iss: provider.issuer, target_link_uri: target.toWellFormed() }).toString()
  const form = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${query.length}`]
  const posted = home.request('POST /_sallyport/start HTTP/1.1', 'Sec-Fetch-Mode: navigate', ...form) + query
  const impact = await strike(means === 'link' ? navigation(`/_sallyport/start?${query}`) : posted)
  const location = locationOf(impact)
  if (location === undefined) return undefined
  const returnTo = sealedReturn(impact)
  if (returnTo !== undefined) return leadsAway(location) ?? `${gate.origin}${returnTo}`
  // On another host of ours the login begins over there.
  const there = new URL(location)
  return there.pathname === '/_sallyport/start' ? there.origin + there.searchParams.get('target_link_uri') : location
}

const front = () => `${gate.origin}/`

t.test('a host of ours is one that is served, to the letter and to the port (R-05, R-18, R-21)', async t => {
  for (const target of [
    ...[
      'evillocalhost',
      'localhost.evil.test',
      'evilb.localhost',
      'b.localhost.evil.test',
      'wiki.localhost',
      'blocalhost',
    ],
    ...['evilwiki.localhost', 'x.evilwiki.localhost', 'c.localhost', 'x.b.localhost', 'localhost.', 'b.localhost..'],
  ].flatMap(host => [`http://${host}/`, `http://${host}:${port}/`, `https://${host}:${port}/x`]))
    t.equal(await endOf(target), front(), target)
  for (const target of [`http://b.localhost:${port + 1}/`, 'http://b.localhost/', `https://b.localhost:${port}/`])
    t.equal(await endOf(target), front(), `${target}: another port or scheme is another place`)
  t.equal(await endOf(`http://b.localhost:${port}/x?y`), `http://b.localhost:${port}/x?y`)
  t.equal(await endOf(`http://n.wiki.localhost:${port}/x`), `http://n.wiki.localhost:${port}/x`)
  t.equal(await endOf('/x?y'), `${gate.origin}/x?y`)
})

t.test('what parsers of addresses disagree about is no address of ours (R-10, R-22)', async t => {
  const ours = `b.localhost:${port}`
  for (const target of [
    ...[
      `http://evil.test\\@${ours}`,
      `http://evil.test\\@${ours}/x`,
      `http:\\\\${ours}`,
      `http:/${ours}`,
      `http:${ours}`,
    ],
    ...[`http://${ours}\\@evil.test`, `http://${ours}@evil.test`, `http://x@${ours}`, `http://${ours}%40evil.test`],
    ...[`http://${ours}%23@evil.test`, `http://127\u30020\u30020\u30021:${port}/`, `http://b\u3002localhost:${port}/`],
    ...[
      `http://[::1]:${port}/`,
      `http://[::1`,
      `http://[b.localhost]:${port}`,
      `http://0x7f.1:${port}/`,
      `x%3a//${ours}`,
    ],
    ...[
      `http://b.localhost\t:${port}/`,
      `http://b.local\nhost:${port}/`,
      `http://b.localhost\r:${port}`,
      `\thttp://${ours}`,
    ],
    ...[`%6Aavascript://${ours}/%0aalert(1)`, `javascript://${ours}/%0aalert(1)`, `//${ours}/`, `/\t/${ours}/`],
    ...[
      `http://${ours}//evil.test`,
      `http://${ours}/\\evil.test`,
      `http://${ours}/..//evil.test`,
      `http://${ours}#@evil.test`,
    ],
    ...[
      `http://${ours}?@evil.test`,
      `http://${ours}/_sallyport/logout`,
      `http://b%2elocalhost:${port}/`,
      `http://${ours}:80/`,
    ],
  ]) {
    const end = await endOf(target)
    t.ok([front(), `http://${ours}/`].includes(end ?? ''), `${JSON.stringify(target)} ends at ${end}`)
    if (end !== front()) t.equal(URL.parse(target)?.host, ours, 'and there only where a browser would go too')
  }
})

t.test('a link that another site publishes leads to us or to nothing (R-11)', async t => {
  const wrong: string[] = []
  const payloads = [...returnTargets.listed, ...returnTargets.wrappers, '/reports']
  const ends = new Set<string | undefined>()
  for (const means of ['link', 'form'] as const)
    for (const payload of payloads) {
      const end = await endOf(payload, means)
      ends.add(end)
      const { origin } = new URL(end ?? '//nowhere', 'http://nowhere.invalid')
      if (![gate.origin, `http://b.localhost:${port}`].includes(origin)) wrong.push(`${means} ${payload}: ${end}`)
    }
  t.ok(ends.has(`${gate.origin}/reports`), 'a page of ours is reached')
  t.same(wrong, [])
})

t.test('a cookie for a whole domain makes no other host one of ours (R-17)', async t => {
  const fort = await buildFort(t, {
    settings: {
      server: { trustedProxies: [`${frontProxy}/32`], publicUrl: 'http://app.example.localhost' },
      session: { cookie: { domain: 'example.localhost' }, secrets: ['Jw8vQ2sXz5RnB7yHkPdM3fLgA9eUiT0c'] },
    },
  })
  const at = (host: string, ...more: string[]) => [
    'GET /x HTTP/1.1',
    `Host: ${host}`,
    'Accept: text/html',
    ...more,
    '',
    '',
  ]
  t.same((await fort.strike(at('app.example.localhost').join('\r\n'))).statuses, [302])
  for (const host of [
    'evilexample.localhost',
    'example.localhost.evil.test',
    'x.example.localhost',
    'example.localhost',
  ]) {
    refused(t, await fort.strike(at(host).join('\r\n')), host, [421])
    const forwarded = at('app.example.localhost', `X-Forwarded-Host: ${host}`).join('\r\n')
    refused(t, await fort.strike(forwarded, { localAddress: frontProxy }), `X-Forwarded-Host: ${host}`, [421])
  }
})

t.test('no address on the whole way carries a ticket or a token (R-06)', async t => {
  const browser = openBrowser(gate.origin)
  const locations: string[] = []
  const cookies = () => [...(browser.jar.get('localhost')?.values() ?? [])]
  let page = await browser.get('/x?y')
  for (let hop = 0; hop < 12 && (page.location !== undefined || page.body.includes('<form')); hop++) {
    if (page.location !== undefined) {
      locations.push(page.location)
      page = await browser.get(new URL(page.location, page.url).href)
    } else page = await browser.submit(page, /name="login"/.test(page.body) ? { login: 'ann', password: 'any' } : {})
    locations.push(page.url)
  }
  t.equal(page.url, `${gate.origin}/x?y`)
  t.ok(cookies().length > 0 && locations.length > 4)
  for (const location of locations) {
    t.notMatch(location, /eyJ|id_token=|access_token=|refresh_token=/, 'no token')
    t.notOk(
      cookies().some(value => location.includes(value)),
      'no ticket',
    )
  }
  const handedOut = [
    '/_sallyport/me',
    '/_sallyport/sessions',
    '/_sallyport/login?return_to=http://127.0.0.1/cli',
    '/_sallyport/token',
  ]
  for (const target of handedOut) {
    const { answers } = await strike(
      `GET ${target} HTTP/1.1\r\nHost: ${home.host}\r\nCookie: ${browser.cookies('/')}\r\n\r\n`,
    )
    t.notMatch(answers[0]?.body, /eyJ/, `${target} hands out no token`)
    t.notMatch(fieldsOf(answers[0]?.headers ?? [], 'location').join(), /eyJ|127\.0\.0\.1\/cli/)
  }
})
