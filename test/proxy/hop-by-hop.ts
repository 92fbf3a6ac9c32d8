import t from 'tap'
import { connectionOptions, endsHere } from '../../src/proxy/hop-by-hop.ts'

t.test('the fields that Connection names end here, in any case and on any line (RFC 9110 7.6.1)', async t => {
  const headers = ['Connection', 'close, X-One', 'connection', '', 'CONNECTION', ' x-TWO ,,\tX-Three', 'X-One', '1']
  t.same([...connectionOptions(headers)].sort(), ['close', 'x-one', 'x-three', 'x-two'])
  t.equal(connectionOptions(['Connection', 'keep-alive']).size, 0)
})

t.test(
  'what is meant for every recipient cannot be taken away by naming it, nor can half a websocket handshake',
  async t => {
    const names = [
      'Host',
      'Content-Length',
      'Set-Cookie',
      'Cache-Control',
      'Sec-WebSocket-Key',
      'Sec-WebSocket-Version',
    ]
    t.same([...connectionOptions(['Connection', `Upgrade, ${names.join(', ')}`])], ['upgrade'])
  },
)

t.test('hop-by-hop fields end here without being named', async t => {
  for (const name of [
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'proxy-authorization',
    'proxy-anything',
  ])
    t.ok(endsHere(name), name)
  for (const name of ['host', 'cookie', 'x-proxy']) t.notOk(endsHere(name), name)
})
