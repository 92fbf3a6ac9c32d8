import t from 'tap'
import { upgradeProblem } from '../../src/proxy/upgrade-request.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const proper: ReadonlyArray<readonly [string, string]> = [
  ['Host', 'app.test'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', key],
]

type Change = {
  method?: string
  httpVersion?: string
  set?: Record<string, string>
  add?: Array<[string, string]>
  without?: string
}

function judge({ method = 'GET', httpVersion = '1.1', set = {}, add = [], without = '' }: Change) {
  const changed = proper.filter(([name]) => name !== without).map(([name, value]) => [name, set[name] ?? value])
  return upgradeProblem({ method, httpVersion, rawHeaders: [...changed, ...add].flat() }, 'https://app.test')
}

t.test('a proper websocket handshake is fine, however it is spelled', t => {
  t.equal(judge({}), undefined)
  t.equal(judge({ set: { Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' } }), undefined)
  t.equal(judge({ set: { Connection: 'keep-alive' }, add: [['connection', 'upgrade']] }), undefined)
  t.end()
})

t.test('anything else is refused (W-06, d-16)', t => {
  const changes: Change[] = [
    { method: 'POST' },
    { method: 'get' },
    { httpVersion: '1.0' },
    { without: 'Upgrade' },
    { without: 'Connection' },
    { without: 'Sec-WebSocket-Version' },
    { without: 'Sec-WebSocket-Key' },
    { set: { Upgrade: 'h2c' } },
    { set: { Upgrade: 'websocket, h2c' } },
    { add: [['Upgrade', 'websocket']] },
    { set: { Connection: 'close' } },
    { set: { 'Sec-WebSocket-Version': '8' } },
    { add: [['Sec-WebSocket-Version', '13']] },
    { set: { 'Sec-WebSocket-Key': 'short' } },
    { set: { 'Sec-WebSocket-Key': `${key}=` } },
    { add: [['sec-websocket-key', key]] },
    { add: [['Content-Length', '0']] },
    { add: [['Transfer-Encoding', 'chunked']] },
  ]
  for (const change of changes) t.equal(judge(change), 'upgrade-refused', JSON.stringify(change))
  t.end()
})

t.test('a page of another origin is refused, by exact comparison', t => {
  for (const origin of [
    'https://app.test.evil.test',
    'http://app.test',
    'https://app.test:8443',
    'null',
    '',
    'https://APP.test',
    'https://app.test/',
    'https://evil.test',
  ])
    t.equal(judge({ add: [['Origin', origin]] }), 'cross-site', origin)
  t.equal(
    judge({
      add: [
        ['Origin', 'https://app.test'],
        ['origin', 'https://evil.test'],
      ],
    }),
    'cross-site',
  )
  t.end()
})

t.test('our own pages may, and so may clients that are no browsers', t => {
  t.equal(judge({ add: [['Origin', 'https://app.test']] }), undefined)
  t.equal(judge({}), undefined)
  t.end()
})
