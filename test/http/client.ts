import t from 'tap'
import { addressSet } from '../../src/core/address.ts'
import { readClient } from '../../src/http/client.ts'
import { head, received } from '../support/visits.ts'

type Tap = Parameters<typeof received>[0]

const trusted = addressSet([
  { address: '127.0.0.1', prefix: 32 },
  { address: '10.0.0.0', prefix: 8 },
])

const server = { listen: { host: '127.0.0.1', port: 0 }, trustedProxies: trusted }

/** As the proxy on 127.0.0.1, or as anybody on another address of this machine. */
const clientOf = async (t: Tap, lines: readonly string[], localAddress = '127.0.0.1') =>
  readClient(await received(t, head('GET /', ...lines), { localAddress }), server)

t.test('from anybody but a trusted proxy, the socket alone counts', async t => {
  for (const lines of [
    [],
    ['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-Host: evil.test'],
    ['X-Forwarded-For: garbage', 'X-Forwarded-Host: a', 'X-Forwarded-Host: b'],
  ])
    t.same(await clientOf(t, lines, '127.0.0.2'), {
      isProxy: false,
      address: '127.0.0.2',
      forwardedFor: '127.0.0.2',
      forwardedHost: undefined,
    })
})

t.test('the chain is read from the right, up to the first hop that nobody vouches for', async t => {
  for (const [lines, address, forwardedFor] of [
    [[], '127.0.0.1', '127.0.0.1'],
    [['203.0.113.7'], '203.0.113.7', '203.0.113.7, 127.0.0.1'],
    [['198.51.100.1, 203.0.113.7,10.0.0.2'], '203.0.113.7', '203.0.113.7, 10.0.0.2, 127.0.0.1'],
    [['10.0.0.9, 203.0.113.7'], '203.0.113.7', '203.0.113.7, 127.0.0.1'],
    [['198.51.100.1', '203.0.113.7, 10.0.0.2'], '203.0.113.7', '203.0.113.7, 10.0.0.2, 127.0.0.1'],
    [['10.0.0.9, 10.0.0.2'], '10.0.0.9', '10.0.0.9, 10.0.0.2, 127.0.0.1'],
    [['2001:DB8::0:1'], '2001:db8::1', '2001:db8::1, 127.0.0.1'],
    [['203.0.113.7, ::ffff:10.0.0.2'], '203.0.113.7', '203.0.113.7, 10.0.0.2, 127.0.0.1'],
    [['203.0.113.7, ::ffff:a00:2'], '203.0.113.7', '203.0.113.7, 10.0.0.2, 127.0.0.1'],
  ] as const) {
    const client = await clientOf(
      t,
      lines.map(line => `X-Forwarded-For: ${line}`),
    )
    t.match(client, { address, forwardedFor }, lines.join(' | '))
  }
})

t.test('a chain that cannot be read, or is longer than any, is refused and not guessed at', async t => {
  const chain = (hops: number) => Array.from({ length: hops }, (_, hop) => `203.0.113.${hop}`).join(', ')
  t.match(await clientOf(t, [`X-Forwarded-For: ${chain(32)}`]), { address: '203.0.113.31' })
  for (const line of [
    chain(33),
    'unknown',
    '',
    '_hidden',
    '203.0.113.7:443',
    '[2001:db8::1]',
    '203.0.113.7,,203.0.113.8',
    '203.0.113.007',
    'garbage, 203.0.113.7',
    'fe80::1%eth0',
  ])
    t.equal(await clientOf(t, [`X-Forwarded-For: ${line}`]), undefined, line)
})

t.test('one X-Forwarded-Host of a trusted proxy is believed, two are refused', async t => {
  t.match(await clientOf(t, ['X-Forwarded-Host: wiki.test']), { forwardedHost: 'wiki.test' })
  t.equal(await clientOf(t, ['X-Forwarded-Host: wiki.test', 'x-forwarded-host: wiki.test']), undefined)
})

t.test('a peer without an address is nobody, and least of all this machine', async t => {
  const reset = await received(t, head('GET /', 'X-Forwarded-For: 10.0.0.1'), { localAddress: '127.0.0.2' })
  reset.socket.destroy()
  t.equal(reset.socket.remoteAddress, undefined, 'a reset connection has lost its address')
  t.equal(readClient(reset, server), undefined)
  const behindSocket = { ...server, listen: { socketPath: '/run/gate.sock' } }
  t.match(readClient(reset, behindSocket), { forwardedFor: '10.0.0.1, 127.0.0.1' }, 'unless it came by our own socket')
})
