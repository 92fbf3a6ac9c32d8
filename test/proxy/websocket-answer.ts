import t from 'tap'
import { switchProblem } from '../../src/proxy/websocket-answer.ts'

// The handshake of RFC 6455 1.3.
const asked = [
  'Sec-WebSocket-Key',
  'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol',
  'chat, superchat',
  'Sec-WebSocket-Extensions',
  'permessage-deflate; client_max_window_bits',
]
const accept = ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=']
const switched = ['Upgrade', 'websocket', 'Connection', 'Upgrade']
const judge = (rawHeaders: string[], statusCode = 101) => switchProblem(asked, { statusCode, rawHeaders })

t.test('an answer to this handshake is fine', t => {
  t.equal(judge([...switched, ...accept]), undefined)
  t.equal(
    judge([
      ...switched,
      ...accept,
      'sec-websocket-protocol',
      'superchat',
      'Sec-WebSocket-Extensions',
      'permessage-deflate; server_no_context_takeover',
    ]),
    undefined,
  )
  t.end()
})

t.test('an answer to another handshake is not', t => {
  t.match(judge([...switched, ...accept], 200), /without a 101/)
  t.match(judge(switched), /Accept/)
  t.match(judge([...switched, 'Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOO=']), /Accept/)
  t.match(judge([...switched, ...accept, ...accept]), /Accept/)
  t.match(judge(['Upgrade', 'h2c', 'Connection', 'Upgrade', ...accept]), /other than/)
  t.match(judge(['Upgrade', 'websocket', ...accept]), /Connection/)
  t.end()
})

t.test('what was not offered cannot be chosen (W-11)', t => {
  t.match(judge([...switched, ...accept, 'Sec-WebSocket-Protocol', 'evil']), /subprotocol/)
  t.match(judge([...switched, ...accept, 'Sec-WebSocket-Protocol', 'chat, superchat']), /subprotocol/)
  t.match(judge([...switched, ...accept, 'Sec-WebSocket-Extensions', 'permessage-deflate, x-evil']), /extension/)
  t.match(
    switchProblem(asked.slice(0, 2), {
      statusCode: 101,
      rawHeaders: [...switched, ...accept, 'Sec-WebSocket-Protocol', 'chat'],
    }),
    /subprotocol/,
  )
  t.end()
})
