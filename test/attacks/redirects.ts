// R, redirects: every address that the gateway sends a browser to is on its own origin or the provider's, whatever it was asked for.
import fc from 'fast-check'
import t from 'tap'
import { grown } from '../core/fixtures/return-targets.ts'
import { openBrowser } from '../support/browser.ts'
import { buildHomeward, locationOf } from '../support/homeward.ts'
import returnTargets from './fixtures/return-targets.json' with { type: 'json' }

const { listed, wrappers } = returnTargets
const { gate, host, provider, request, strike, navigation, leadsAway, sealedReturn } = await buildHomeward(t)

/** Everything listed, and each fiftieth of what the grammar grows. */
const payloads = [...listed, ...wrappers, ...[...grown()].filter((_, at) => at % 50 === 0)]
const codings: ReadonlyArray<(text: string) => string> = [
  encodeURIComponent,
  text => encodeURIComponent(encodeURIComponent(text)),
  // As it is, as far as a request line can carry it.
  text => encodeURI(text.toWellFormed()).replace(/[#&]/g, encodeURIComponent),
]

t.test('a login begun with any target ends at home (R-01, R-02, R-03, R-13)', async t => {
  const wrong: string[] = []
  for (const payload of payloads)
    for (const coding of codings) {
      const impact = await strike(navigation(`/_sallyport/login?return_to=${coding(payload)}`))
      const [location, home] = [locationOf(impact), sealedReturn(impact)]
      if (location === undefined && impact.statuses[0] === 400) continue
      const problem = location === undefined || home === undefined ? `answered ${impact.statuses}` : leadsAway(location)
      const away = home === undefined ? undefined : leadsAway(home)
      if (problem ?? away) wrong.push(`${JSON.stringify(payload)}: ${problem ?? away}`)
    }
  t.same(wrong, [])
})

const piece = fc.constantFrom(
  ...[
    '/',
    '//',
    '\\',
    '.',
    '..',
    '/.',
    ';',
    ':',
    '@',
    '?',
    '#',
    '%',
    '%2f',
    '%5c',
    '%09',
    '%00',
    '%25',
    '\t',
    '\n',
    ' ',
  ],
  ...[
    'http:',
    'https:',
    'javascript:',
    'data:',
    'evil.test',
    host,
    'a',
    '_sallyport',
    '\u3002',
    '\uff0f',
    '\u2044',
    '[::1]',
  ],
)

t.test('no address that can be put together from the pieces of others leads away (R-01)', async t => {
  const property = fc.asyncProperty(
    fc.array(piece, { maxLength: 8 }),
    fc.constantFrom(...codings),
    async (pieces, coding) => {
      const impact = await strike(navigation(`/_sallyport/login?return_to=${coding(pieces.join(''))}`))
      if (impact.statuses[0] === 400) return
      const home = sealedReturn(impact) ?? '//not sealed'
      const away = leadsAway(locationOf(impact) ?? '//no location') ?? leadsAway(home)
      if (away !== undefined) throw new Error(away)
      if (/^\/_sallyport(?:[/?]|$)/i.test(decodeURIComponent(home.split('?', 1)[0] ?? '')))
        throw new Error(`${home} is ours`)
    },
  )
  await t.resolves(fc.assert(property, { numRuns: 300 }))
})

t.test('what is at home already is kept, and everything else is the front page (R-01)', async t => {
  const home = async (query: string) => sealedReturn(await strike(navigation(`/_sallyport/login${query}`)))
  t.equal(
    await home('?return_to=/reports%3Fyear%3D2026%26next%3D%2F%2Fevil.test'),
    '/reports?year=2026&next=//evil.test',
  )
  for (const query of [
    '',
    '?return_to=',
    '?return_to=//evil.test',
    '?return_to=/_sallyport/logout',
    '?return_to=/%255cevil.test',
  ])
    t.equal(await home(query), '/', query)
})

t.test('no other parameter, and no second one, chooses where a login ends (R-01)', async t => {
  for (const query of [
    ...['return_to=/ok&return_to=//evil.test', 'return_to=//evil.test&return_to=/ok', 'return_to[]=//evil.test'],
    ...['rd=//evil.test', 'redirect_uri=http://evil.test', 'target_link_uri=http://evil.test', 'iss=http://evil.test'],
    ...[
      'post_logout_redirect_uri=http://evil.test',
      'redirect=//evil.test',
      'url=//evil.test',
      'RETURN_TO=//evil.test',
    ],
  ]) {
    const impact = await strike(navigation(`/_sallyport/login?${query}`))
    t.equal(sealedReturn(impact), '/', query)
    const location = new URL(locationOf(impact) ?? '')
    t.equal(location.origin, new URL(provider.issuer).origin)
    t.equal(location.searchParams.get('redirect_uri'), `${gate.origin}/_sallyport/callback`)
  }
})

t.test('the address that somebody asked for leads home too, or is refused (R-14, R-15)', async t => {
  const wrong: string[] = []
  for (const payload of payloads) {
    const target = Buffer.from(payload).toString('latin1')
    if (/[\r\n ]/.test(target) || target === '') continue
    const impact = await strike(navigation(target))
    const location = locationOf(impact)
    const problem = location === undefined ? undefined : leadsAway(location)
    if (problem) wrong.push(problem)
    // 200 is the page that asks before it logs out.
    if (location === undefined && ![200, 400, 404].includes(impact.statuses[0] ?? 0))
      wrong.push(`${payload}: ${impact.statuses}`)
    if (location?.startsWith('/_sallyport/login?')) {
      const next = await strike(navigation(location))
      const home = sealedReturn(next)
      if (home === undefined || leadsAway(home)) wrong.push(`${payload}: ${home}`)
    }
  }
  t.same(wrong, [])
})

t.test('no redirect makes an address tidier (R-15, R-23)', async t => {
  for (const target of [
    '//evil.test/x',
    '//evil.test/%2e%2e',
    '/public',
    '/admin/',
    '/_sallyport',
    '/_sallyport/',
    '//^/..',
  ]) {
    const location = locationOf(await strike(request(`GET ${target} HTTP/1.1`)))
    t.equal(location, undefined, target)
  }
})

t.test('logging out leads to the provider or home, whatever is asked for (R-07, R-09)', async t => {
  const wrong: string[] = []
  const names = ['return_to', 'rd', 'post_logout_redirect_uri', 'redirect_uri', 'state', 'url']
  for (const [at, payload] of listed.entries()) {
    const query = `${names[at % names.length]}=${encodeURIComponent(payload.toWellFormed())}`
    const impacts = [
      await strike(request(`POST /_sallyport/logout?${query} HTTP/1.1`, `Origin: ${gate.origin}`, 'Content-Length: 0')),
      await strike(
        request(`GET /_sallyport/logout?${query} HTTP/1.1`, 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: navigate'),
      ),
    ]
    for (const impact of impacts) {
      const location = locationOf(impact) ?? '//no location'
      const problem = leadsAway(location)
      const back = new URL(location, gate.origin).searchParams.get('post_logout_redirect_uri') ?? gate.origin
      if (problem ?? (back.startsWith(gate.origin) ? undefined : back)) wrong.push(`${query}: ${problem ?? back}`)
    }
  }
  t.same(wrong, [])
})

t.test('no page of ours repeats an address, nor links to one (R-07, B-01)', async t => {
  for (const path of ['signed-out', 'logout', 'callback', 'nothing', 'me', 'login-problem'])
    for (const payload of ['//evil.test', `"><svg onload=alert('evil.test')>`, 'javascript:alert("evil.test")']) {
      const query = ['return_to', 'rd', 'error', 'error_description', 'state'].map(
        name => `${name}=${encodeURIComponent(payload)}`,
      )
      const { answers } = await strike(navigation(`/_sallyport/${path}?${query.join('&')}`))
      t.notMatch(answers[0]?.head, /evil\.test/, path)
      t.notMatch(answers[0]?.body, /evil\.test|onload/, path)
    }
})

t.test('the whole way through the provider ends at home (R-01, R-19)', async t => {
  const targets = [
    '//evil.test',
    '/\\evil.test',
    'https://evil.test',
    `http://${host}@evil.test/`,
    '/%09/evil.test',
    'javascript:alert(1)',
  ]
  for (const target of targets) {
    const browser = openBrowser(gate.origin)
    const page = await browser.signInAs('ann', `/_sallyport/login?return_to=${encodeURIComponent(target)}`)
    t.same([page.status, page.url], [200, `${gate.origin}/`], target)
  }
  const browser = openBrowser(gate.origin)
  const page = await browser.signInAs(
    'ann',
    `/_sallyport/login?return_to=${encodeURIComponent('/reports?next=//evil.test')}`,
  )
  t.same([page.status, page.url], [200, `${gate.origin}/reports?next=//evil.test`], 'and so does a page of ours')
})
