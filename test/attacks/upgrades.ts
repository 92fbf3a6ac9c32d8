// W, tunnels: bytes that are no longer HTTP pass only after a websocket handshake that both sides have agreed on.
import t from 'tap'
import { buildFort, refused, websocketFields, websocketKey } from '../support/attack.ts'
import { openRaw } from '../support/raw.ts'
import { switchesAndEchoes } from '../support/upstream.ts'

const fort = await buildFort(t)
const { host, request, strike, probe, scripts } = fort
const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nX: '

t.test('CONNECT and TRACE are answered here (Q-18, d-15)', async t => {
  for (const target of ['b.test:80', '/public/x', host]) {
    const { statuses, closed, reached } = await strike(`CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n${smuggled}`)
    t.same([statuses, closed, reached], [statuses.includes(405) ? [405] : [400], true, []], target)
  }
  const trace = await strike(request('TRACE /public/x HTTP/1.1', 'X-Secret: reflected'))
  t.same([trace.statuses, trace.reached], [[405], []])
  t.notMatch(trace.answers[0]?.body, 'reflected')
})

t.test('an upgrade to anything but a websocket is an ordinary request (d-16, Q-19)', async t => {
  for (const protocol of ['foo', 'h2c', 'websocket, h2c', 'TLS/1.0', 'websockets']) {
    const { statuses, reached } = await strike(
      request('GET /public/x HTTP/1.1', `Upgrade: ${protocol}`, 'Connection: Upgrade'),
    )
    t.same(statuses, [200], protocol)
    t.notMatch(reached[0]?.head, /upgrade/i)
  }
})

t.test('a websocket handshake that is not quite one never opens a tunnel (W-06, d-16)', async t => {
  const good = websocketFields
  const without = (name: string, ...more: readonly string[]) => [
    ...good.filter(line => !line.startsWith(name)),
    ...more,
  ]
  const handshakes = {
    'another version': without('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8'),
    'no version': without('Sec-WebSocket-Version'),
    'no key': without('Sec-WebSocket-Key'),
    'a short key': without('Sec-WebSocket-Key', 'Sec-WebSocket-Key: abc'),
    'two keys': [...good, `Sec-WebSocket-Key: ${websocketKey}`],
    'a body': [...good, 'Content-Length: 5'],
    'a chunked body': [...good, 'Transfer-Encoding: chunked'],
  }
  for (const [what, fields] of Object.entries(handshakes))
    refused(t, await strike(request('GET /public/ws HTTP/1.1', ...fields) + smuggled), what)
  refused(t, await strike(request('POST /public/ws HTTP/1.1', ...good)), 'another method')
  refused(t, await strike(request('GET /public/ws HTTP/1.0', ...good)), 'HTTP/1.0')
  await probe(t, 'after them')
})

t.test('what follows a handshake that the upstream declined is nobody’s request (Q-19, d-16)', async t => {
  scripts.set(
    '/public/declined',
    ({ socket }) => void socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n'),
  )
  const { statuses, closed } = await strike(
    request('GET /public/declined HTTP/1.1', ...websocketFields) + request('GET /public/smuggled HTTP/1.1'),
  )
  t.same([statuses, closed], [[426], true])
  await probe(t, 'after it')
})

t.test('an upgrade that is answered by something that is no answer becomes 502 (d-16)', async t => {
  const answers = {
    'a 101 to nothing': 'HTTP/1.1 101 Odd\r\n\r\n',
    'a 101 without Upgrade': 'HTTP/1.1 101 Odd\r\nConnection: Upgrade\r\n\r\n',
    'a control character': 'HTTP/1.1 426 Odd\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n',
    'another protocol': 'SSH-2.0-odd\r\n',
  }
  for (const [what, bytes] of Object.entries(answers)) {
    scripts.set('/public/odd', ({ socket }) => void socket.write(bytes, 'latin1'))
    const { statuses, closed } = await strike(request('GET /public/odd HTTP/1.1', ...websocketFields))
    t.same([statuses, closed], [[502], true], what)
  }
  await probe(t, 'after them')
})

t.test('the path of a handshake is judged as that of a request: no dots, no slashes in disguise (W-02)', async t => {
  const targets = [
    ...['/public/../secret', '/public/%2E%2E/secret', '/public/.%2E/secret', '/public/%2E./secret', '/public/%/secret'],
    ...[
      '/public/%2e%2e/secret',
      '/public/.%2e/secret',
      '/public/%2e./secret',
      '/public/..%2Fsecret',
      '/public/..%2fsecret',
    ],
    ...[
      '/public/dir\\..\\..\\internality/secret',
      '/public\\..\\secret',
      '/public/%5c..%5csecret',
      '/public/%5C..%5Csecret',
    ],
    ...['/api/..%2F..%2Fsecret', '/api/..%2f..%2fsecret', '/api/..%5C..%5Csecret', '/api/..%5c..%5csecret'],
  ]
  for (const target of targets) refused(t, await strike(request(`GET ${target} HTTP/1.1`, ...websocketFields)), target)
})

t.test('sixteen kilobytes of protocols and extensions are read in a moment, or not at all (W-09)', async t => {
  scripts.set('/public/ws', switchesAndEchoes())
  for (const name of ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions', 'Connection', 'Upgrade'])
    for (const value of [
      'a,'.repeat(7500),
      `a${' '.repeat(15_000)}b`,
      'a;b="'.repeat(3000),
      '\t,'.repeat(7500),
      '"\\'.repeat(7500),
    ]) {
      const begun = performance.now()
      const { statuses } = await strike(request('GET /public/ws HTTP/1.1', ...websocketFields, `${name}: ${value}`))
      t.ok([101, 200, 400, 431, 502].includes(statuses[0] ?? 0), `${name}: ${statuses}`)
      t.ok(performance.now() - begun < 20_000)
    }
})

t.test('a hundred thousand fragments of one byte are bytes, and pass as they are (W-10)', async t => {
  scripts.set('/public/ws', switchesAndEchoes())
  const connection = await openRaw(fort.gate.port)
  t.teardown(() => connection.socket.destroy())
  connection.send(request('GET /public/ws HTTP/1.1', ...websocketFields))
  t.equal((await connection.answer())?.status, 101)
  const fragments = '\x00\x81maskx'.repeat(100_000)
  connection.send(`\x01\x81maskx${fragments}`)
  t.ok((await connection.wire.bytes(fragments.length + 7))?.endsWith(fragments))
})

t.test(
  'frames that would break a reader of frames are bytes too, and harm their own tunnel at the most (W-11)',
  async t => {
    const frames = {
      'a length of 64 bits': '\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff',
      'a length below zero': '\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff',
      'reserved bits': '\xf2\x02hi',
      'an unknown opcode': '\x8b\x02hi',
      'a long ping': `\x89\x7e\x01\x00${'x'.repeat(256)}`,
      'text that is no UTF-8': '\x81\x02\xff\xfe',
      'a masked frame of a server': '\x82\x82mask\0\0',
      'fragments of nothing': '\x00\x00'.repeat(50_000),
      'a close frame in pieces': '\x08\x01\x03',
    }
    for (const [what, bytes] of Object.entries(frames)) {
      const switches = switchesAndEchoes()
      scripts.set('/public/ws', turn => {
        const switched = switches(turn)
        turn.socket.write(bytes, 'latin1')
        return switched
      })
      const connection = await openRaw(fort.gate.port)
      connection.send(request('GET /public/ws HTTP/1.1', ...websocketFields))
      t.equal((await connection.answer())?.status, 101, what)
      t.equal(await connection.wire.bytes(bytes.length), bytes, what)
      connection.socket.destroy()
    }
    await probe(t, 'after them')
  },
)
