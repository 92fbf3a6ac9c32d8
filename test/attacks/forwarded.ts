// Where a request came from: of a trusted proxy what can be read is believed, of a stranger nothing.
import t from 'tap'
import { buildFort, refused, type Test } from '../support/attack.ts'
import { fieldsOf } from '../support/wire.ts'

const stranger = '127.0.0.2'
const frontProxy = '127.0.0.3'
const fort = await buildFort(t, { settings: { server: { trustedProxies: [`${frontProxy}/32`] } } })
const { host, request, strike, gate } = fort

const about = async (t: Test, from: string, ...forwarding: readonly string[]) => {
  const { statuses, reached } = await strike(request('GET /public/x HTTP/1.1', ...forwarding), { localAddress: from })
  t.same(statuses, [200], forwarding.join())
  return Object.fromEntries((reached[0]?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]))
}

const all = [
  'X-Forwarded-For: 1.2.3.4',
  'X-Forwarded-Host: evil.test',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 443',
]

t.test('c.6 F-05 F-07 forwarding headers of a stranger are nothing', async t => {
  t.match(await about(t, stranger, ...all, 'Forwarded: for=1.2.3.4;host=evil.test', 'X-Real-IP: 1.2.3.4'), {
    'x-forwarded-for': stranger,
    'x-forwarded-host': host,
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(gate.port),
    forwarded: undefined,
    'x-real-ip': undefined,
  })
  t.match(gate.access('/public/x'), { peer: stranger })
})

t.test('c.6 F-01 nobody chooses another path than that of the request', async t => {
  const names = [
    'X-Forwarded-Uri',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Envoy-Original-Path',
    'X-Forwarded-Prefix',
  ]
  for (const localAddress of [stranger, frontProxy])
    for (const name of names) {
      const { statuses, reached } = await strike(request('GET /admin HTTP/1.1', `${name}: /public/x`), { localAddress })
      t.same([statuses, reached.length], [[401], 0], `${name} from ${localAddress}`)
    }
})

t.test(
  'F-09 of a trusted proxy the addresses are read from the right, over all lines, up to the first stranger',
  async t => {
    for (const [lines, found] of [
      [['X-Forwarded-For: 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X-Forwarded-For: 6.6.6.6, 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [[`X-Forwarded-For: 6.6.6.6, 1.2.3.4, ${frontProxy}`], `1.2.3.4, ${frontProxy}, ${frontProxy}`],
      [['X-Forwarded-For: ::ffff:1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X_Forwarded_For: 6.6.6.6', 'X.Forwarded.For: 6.6.6.6'], frontProxy],
    ] as const)
      t.equal((await about(t, frontProxy, ...lines))['x-forwarded-for'], found, lines.join(' | '))
  },
)

t.test('c.6 F-05 of a trusted proxy the scheme and the port are not believed either', async t => {
  t.match(await about(t, frontProxy, 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443', 'Forwarded: proto=https'), {
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(gate.port),
    forwarded: undefined,
  })
})

t.test('c.6 F-11 what a trusted proxy says and cannot be read is refused, not skipped', async t => {
  const addresses = [
    'a',
    '999.1.1.1',
    '[::',
    '127.0.0.1:80',
    '[::1]:80',
    '0x7f.1',
    '127.1',
    ',,',
    ',',
    '1.2.3.4,',
    '::1%eth0',
    'unknown',
    ',1.2.3.4',
  ]
  const lines = [
    ...addresses.map(address => `X-Forwarded-For: ${address}`),
    ...[
      `X-Forwarded-For: ${','.repeat(10_000)}`,
      `X-Forwarded-For: ${Array.from({ length: 100 }, () => '1.2.3.4').join()}`,
    ],
    ...[
      `X-Forwarded-Host: ${host}, evil.test`,
      `X-Forwarded-Host: ${host}\r\nX-Forwarded-Host: ${host}`,
      'X-Forwarded-Host: evil@x',
    ],
    ...['X-Forwarded-Host: ', 'X-Forwarded-Host: a.test";for=10.0.0.1;host="x', `X-Forwarded-Host: http://${host}`],
  ]
  for (const line of lines)
    refused(t, await strike(request('GET /public/x HTTP/1.1', line), { localAddress: frontProxy }), line.slice(0, 60))
  const unknown = await strike(request('GET /public/x HTTP/1.1', 'X-Forwarded-Host: evil.test'), {
    localAddress: frontProxy,
  })
  refused(t, unknown, 'a host that nobody serves', [421])
})

t.test('F-13 a login goes to the configured address, whatever the headers say', async t => {
  const headers = [
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Proto: javascript',
    'Forwarded: host=evil.test',
    'Accept: text/html',
  ]
  const { statuses, answers } = await strike(request('GET /_sallyport/login HTTP/1.1', ...headers), {
    localAddress: stranger,
  })
  t.same(statuses, [302])
  const location = new URL(fieldsOf(answers[0]?.headers ?? [], 'location')[0] ?? '')
  t.equal(location.origin, new URL(fort.provider.issuer).origin)
  t.equal(location.searchParams.get('redirect_uri'), `${gate.origin}/_sallyport/callback`)
})
