// Tunnels: bytes that are no longer HTTP pass only after a websocket handshake that both sides have agreed on.
import t from 'tap'
import { buildFort, refused, websocketFields, websocketKey } from '../support/attack.ts'

const fort = await buildFort(t)
const { host, request, strike, probe, scripts } = fort
const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nX: '

t.test('d-15 Q-18 CONNECT and TRACE are answered here', async t => {
  for (const target of ['b.test:80', '/public/x', host]) {
    const { statuses, closed, reached } = await strike(`CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n${smuggled}`)
    t.same([statuses, closed, reached], [statuses.includes(405) ? [405] : [400], true, []], target)
  }
  const trace = await strike(request('TRACE /public/x HTTP/1.1', 'X-Secret: reflected'))
  t.same([trace.statuses, trace.reached], [[405], []])
  t.notMatch(trace.answers[0]?.body, 'reflected')
})

t.test('d-16 an upgrade to anything but a websocket is an ordinary request', async t => {
  for (const protocol of ['foo', 'h2c', 'websocket, h2c', 'TLS/1.0', 'websockets']) {
    const { statuses, reached } = await strike(
      request('GET /public/x HTTP/1.1', `Upgrade: ${protocol}`, 'Connection: Upgrade'),
    )
    t.same(statuses, [200], protocol)
    t.notMatch(reached[0]?.head, /upgrade/i)
  }
})

t.test('d-16 W-06 a websocket handshake that is not quite one never opens a tunnel', async t => {
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

t.test('d-16 Q-19 what follows a handshake that the upstream declined is nobody’s request', async t => {
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

t.test('d-16 an upgrade that is answered by something that is no answer becomes 502', async t => {
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
