// F, forwarded: where a request came from and where it wants to go is what the socket and the request line say; of a trusted proxy what can be read is believed, of a stranger nothing.
import fc from 'fast-check'
import t from 'tap'
import { complaints, written } from '../config/reading.ts'
import { buildFort, type Fort, refused, type Test } from '../support/attack.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'

const stranger = '127.0.0.2'
const frontProxy = '127.0.0.3'
const fort = await buildFort(t, {
  settings: { server: { trustedProxies: [`${frontProxy}/32`] } },
  moreRoutes: [{ name: 'b', host: 'b.localhost', public: true }],
})
const { host, request, strike, gate } = fort

/** What the upstream reads, by name. */
async function about(t: Test, { request, strike }: Fort, from: string, ...forwarding: readonly string[]) {
  const { statuses, reached } = await strike(request('GET /public/x HTTP/1.1', ...forwarding), { localAddress: from })
  t.same(statuses, [200], forwarding.join().slice(0, 80))
  return Object.fromEntries((reached[0]?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]))
}

const fromHere = {
  'x-forwarded-host': host,
  'x-forwarded-proto': 'http',
  'x-forwarded-port': String(gate.port),
  forwarded: undefined,
  'x-real-ip': undefined,
}

const elsewhere = [
  ...['X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Host: evil.test', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443'],
  ...[
    'X-Forwarded-Ssl: on',
    'X-Forwarded-Scheme: https',
    'Front-End-Https: on',
    'X-Url-Scheme: https',
    'X-Real-IP: 1.2.3.4',
  ],
  'Forwarded: for=1.2.3.4;host=evil.test;proto=https',
]

const pathHeaders = [
  ...[
    'X-Forwarded-Uri',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Envoy-Original-Path',
    'X-Forwarded-Prefix',
  ],
  ...['X-Override-URL', 'X-Request-Uri', 'X-Forwarded-Path', 'X_Original_URL', 'X-Proxy-Url', 'Base-Url'],
]

t.test('nobody chooses another path than that of the request, not even towards our own endpoints (F-01)', async t => {
  for (const localAddress of [stranger, frontProxy])
    for (const name of pathHeaders)
      for (const path of ['/public/x', '/_sallyport/callback', '/_sallyport/login', `http://${host}/public/x`]) {
        const { statuses, reached } = await strike(request('GET /admin HTTP/1.1', `${name}: ${path}`), { localAddress })
        t.same([statuses, reached.length], [[401], 0], `${name}: ${path} from ${localAddress}`)
      }
})

t.test('where nothing is configured, nobody in front of us is believed (F-21)', async t => {
  const plain = await buildFort(t)
  const lines = [...elsewhere, ...pathHeaders.map(name => `${name}: /public/x`)]
  for (const from of ['127.0.0.1', stranger, frontProxy]) {
    const seen = await about(t, plain, from, ...lines)
    t.match(seen, { 'x-forwarded-for': from, 'x-forwarded-host': plain.host, 'x-forwarded-proto': 'http' })
    const guarded = await plain.strike(plain.request('GET /admin HTTP/1.1', ...lines), { localAddress: from })
    t.same([guarded.statuses, guarded.reached], [[401], []])
    t.match(plain.gate.access('/admin'), { peer: from })
  }
})

t.test('scheme and port come from the configuration, whoever names others (F-05, F-06)', async t => {
  for (const [from, forwardedFor] of [
    [stranger, stranger],
    [frontProxy, frontProxy],
  ] as const) {
    const lines = elsewhere.filter(line => !/^X-Forwarded-(?:For|Host)/.test(line))
    t.match(await about(t, fort, from, ...lines), { ...fromHere, 'x-forwarded-for': forwardedFor })
  }
  t.match(await about(t, fort, stranger, ...elsewhere), { ...fromHere, 'x-forwarded-for': stranger })
  t.match(gate.access('/public/x'), { peer: stranger })
})

t.test('a stranger changes neither a cookie nor an address nor what is another site (F-07)', async t => {
  const lines = [...elsewhere, 'Accept: text/html']
  const { answers } = await strike(request('GET /_sallyport/login HTTP/1.1', ...lines), { localAddress: stranger })
  const headers = answers[0]?.headers ?? []
  t.match(fieldOf(headers, 'set-cookie'), /^sallyport\.login\./)
  t.notMatch(fieldOf(headers, 'set-cookie'), /secure|evil/i)
  const location = new URL(fieldOf(headers, 'location') ?? '')
  t.equal(location.searchParams.get('redirect_uri'), `${gate.origin}/_sallyport/callback`)
  const logout = request(
    'POST /_sallyport/logout HTTP/1.1',
    'Origin: https://evil.test',
    'Content-Length: 0',
    ...elsewhere,
  )
  t.same((await strike(logout, { localAddress: stranger })).statuses, [403])
})

t.test(
  'of a trusted proxy the addresses are read from the right, over all lines, up to the first stranger (F-09)',
  async t => {
    for (const [lines, found] of [
      [['X-Forwarded-For: 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X-Forwarded-For: 6.6.6.6, 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['x-forwarded-for: 6.6.6.6', 'X-FORWARDED-FOR: 5.5.5.5,1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [[`X-Forwarded-For: 6.6.6.6, 1.2.3.4, ${frontProxy}`], `1.2.3.4, ${frontProxy}, ${frontProxy}`],
      [['X-Forwarded-For: ::ffff:1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X_Forwarded_For: 6.6.6.6', 'X.Forwarded.For: 6.6.6.6'], frontProxy],
      [['Forwarded: for=6.6.6.6', 'Forwarded: for=1.2.3.4'], frontProxy],
    ] as const)
      t.equal((await about(t, fort, frontProxy, ...lines))['x-forwarded-for'], found, lines.join(' | '))
  },
)

const trusted = [frontProxy, `::ffff:${frontProxy}`]
const someAddress = fc.constantFrom(...trusted, '6.6.6.6', '10.0.0.1', '2001:db8::1', '::ffff:6.6.6.7', '127.0.0.1')
const chain = fc.array(fc.array(someAddress, { minLength: 1, maxLength: 4 }), { maxLength: 3 })

t.test(
  'whatever a client writes in front, the address of record is the last that nobody vouches for (F-09)',
  async t => {
    const property = fc.asyncProperty(chain, fc.constantFrom(',', ', ', ' ,\t'), async (lines, comma) => {
      const fields = lines.map(addresses => `X-Forwarded-For: ${addresses.join(comma)}`)
      const seen = (await about(t, fort, frontProxy, ...fields))['x-forwarded-for']?.split(', ') ?? []
      const hops = [...lines.flat(), frontProxy]
      const last = hops.findLastIndex(hop => !trusted.includes(hop))
      const expected = hops.slice(Math.max(last, 0)).map(hop => hop.replace(/^::ffff:/, ''))
      if (seen.join() !== expected.join()) throw new Error(`${fields.join(' | ')} became ${seen}`)
      if (gate.access('/public/x')?.peer !== expected[0]) throw new Error(`${fields.join(' | ')} is logged as another`)
    })
    await t.resolves(fc.assert(property, { numRuns: 100 }))
  },
)

t.test('a Host that breaks out of a quoted string is no host (F-10)', async t => {
  const name = 'a.test";for=10.0.0.1;host="x'
  refused(t, await strike(`GET /public/x HTTP/1.1\r\nHost: ${name}\r\n\r\n`), name)
  const forwarded = request('GET /public/x HTTP/1.1', `X-Forwarded-Host: ${name}`)
  refused(t, await strike(forwarded, { localAddress: frontProxy }), `X-Forwarded-Host: ${name}`)
  t.notMatch(Object.keys(await about(t, fort, stranger, `X-Forwarded-Host: ${name}`)).join(), /^forwarded$/m)
})

t.test('what a trusted proxy says and cannot be read is refused, not skipped (F-11)', async t => {
  const addresses = [
    ...['a', '999.1.1.1', '[::', '127.0.0.1:80', '[::1]:80', '0x7f.1', '127.1', ',,', ',', '1.2.3.4,', '::1%eth0'],
    ...['unknown', ',1.2.3.4', '_hidden', '1.2.3.4 5.6.7.8', '1.2.3.4;', '"1.2.3.4"', '0177.0.0.1', '2130706433'],
    ...[','.repeat(10_000), Array.from({ length: 100 }, () => '1.2.3.4').join()],
  ]
  const hosts = [`${host}, evil.test`, `${host}\r\nX-Forwarded-Host: ${host}`, 'evil@x', '', `http://${host}`]
  const lines = [
    ...addresses.map(text => `X-Forwarded-For: ${text}`),
    ...hosts.map(text => `X-Forwarded-Host: ${text}`),
  ]
  for (const line of lines)
    refused(t, await strike(request('GET /public/x HTTP/1.1', line), { localAddress: frontProxy }), line.slice(0, 60))
  const unknown = request('GET /public/x HTTP/1.1', 'X-Forwarded-Host: evil.test')
  refused(t, await strike(unknown, { localAddress: frontProxy }), 'a host that nobody serves', [421])
})

t.test('a policy by address is not skipped where the address cannot be read (F-11)', async t => {
  const inside = await buildFort(t, {
    settings: { server: { trustedProxies: [`${frontProxy}/32`] } },
    moreRoutes: [{ name: 'inside', path: '/inside', allow: [{ ip: ['10.0.0.0/8'] }] }],
  })
  for (const text of ['a', '10.0.0.1, a', 'a, 10.0.0.1', '10.0.0.1,', '10.0.0.1:80', '[10.0.0.1]']) {
    const asked = inside.request('GET /inside HTTP/1.1', `X-Forwarded-For: ${text}`)
    refused(t, await inside.strike(asked, { localAddress: frontProxy }), text)
  }
})

t.test('a login goes to the configured address, whatever the headers say (F-13)', async t => {
  const lines = ['X-Forwarded-Proto: javascript', 'Forwarded: host=evil.test', 'Accept: text/html']
  for (const [localAddress, more] of [
    [stranger, ['X-Forwarded-Host: evil.test']],
    [frontProxy, []],
  ] as const) {
    const { statuses, answers } = await strike(request('GET /_sallyport/login HTTP/1.1', ...lines, ...more), {
      localAddress,
    })
    t.same(statuses, [302])
    const location = new URL(fieldsOf(answers[0]?.headers ?? [], 'location')[0] ?? '')
    t.equal(location.origin, new URL(fort.provider.issuer).origin)
    t.equal(location.searchParams.get('redirect_uri'), `${gate.origin}/_sallyport/callback`)
  }
  const login = 'GET /_sallyport/login HTTP/1.1\r\nAccept: text/html\r\nHost: evil.test\r\n\r\n'
  t.same((await strike(login)).statuses, [421], 'an unknown host begins no login')
})

t.test('a range written as IPv6 trusts no IPv4 address by accident (F-23)', async t => {
  for (const range of ['::ffff:10.0.0.0/8', '::ffff:127.0.0.0/95', '::ffff:0:0/64'])
    t.match(await complaints(written({ server: { trustedProxies: [range] } })), [/trustedProxies\[0\]/], range)
  t.match(await complaints(written({ server: { trustedProxies: ['::1/1'] } })), [/trusts everybody/])
  for (const range of ['::/64', '::1/4', '::ffff:10.0.0.0/104', '::/96']) {
    const wide = await buildFort(t, { settings: { server: { trustedProxies: [range] } } })
    t.match(await about(t, wide, frontProxy, 'X-Forwarded-For: 1.2.3.4'), { 'x-forwarded-for': frontProxy }, range)
  }
})
