import t from 'tap'
import { readTerms, type Terms } from '../../src/proxy/http1-terms.ts'

type Given = { readonly method?: string; readonly status?: number; readonly isHttp10?: boolean }

const terms = (rawHeaders: readonly string[], { method = 'GET', status = 200, isHttp10 = false }: Given = {}) =>
  readTerms(method, { status, isHttp10, rawHeaders })
const body = (rawHeaders: readonly string[], given?: Given) => (terms(rawHeaders, given) as Terms).body
const rest = (rawHeaders: readonly string[], given?: Given) => (terms(rawHeaders, given) as Terms).restMs

t.test('a body is as long as its framing says, and without any it ends with the connection', async t => {
  t.strictSame(body(['Content-Length', '5']), { kind: 'length', bytes: 5 })
  t.strictSame(body(['content-length', '0']), { kind: 'none' })
  t.strictSame(body(['Transfer-Encoding', 'Chunked']), { kind: 'chunked' })
  t.strictSame(body([]), { kind: 'to-end' })
})

t.test('some answers have no body, whatever their fields say (RFC 9112 6.3)', async t => {
  for (const fields of [[], ['Content-Length', '5'], ['Transfer-Encoding', 'chunked']]) {
    for (const status of [103, 204, 304]) t.strictSame(body(fields, { status }), { kind: 'none' }, `${status}`)
    t.strictSame(body(fields, { method: 'HEAD' }), { kind: 'none' })
  }
})

t.test('framing that two readers could understand differently is refused (d-23)', async t => {
  const length = ['Content-Length', '5']
  const coding = ['Transfer-Encoding', 'chunked']
  const refused = [
    [...length, ...coding],
    [...coding, ...length],
    [...length, ...length],
    [...coding, ...coding],
    ...['', '+5', '-5', '5,5', '5, 5', '0x5', '5\t', ' 5', '1e3', '5.0', '1'.repeat(16)].map(value => [
      'Content-Length',
      value,
    ]),
    ...['', 'gzip', 'gzip, chunked', 'chunked, chunked', 'chunked;q=1', 'chunked\t', '\vchunked', 'identity'].map(
      value => ['Transfer-Encoding', value],
    ),
  ]
  for (const fields of refused) t.match(terms(fields), { found: String }, JSON.stringify(fields))
  t.match(terms(coding, { isHttp10: true }), { found: /HTTP\/1\.0/ })
  for (const status of [204, 304]) t.match(terms([...length, ...coding], { status }), { found: String }, `${status}`)
})

t.test('a connection rests for as long as both sides are known to keep it', async t => {
  const length = ['Content-Length', '5']
  t.equal(rest(length), 4000)
  t.equal(rest([...length, 'Connection', 'keep-alive', 'Keep-Alive', 'timeout=15, max=100']), 13_000)
  t.equal(rest([...length, 'Keep-Alive', 'max=100, timeout=15']), 13_000)
  t.equal(rest([...length, 'Keep-Alive', 'timeout=100000']), 60_000)
  t.equal(rest([...length, 'Keep-Alive', 'timeout=soon']), 4000)
  t.equal(rest([], { status: 204 }), 4000)
})

t.test('and is not used again where one of them may be leaving', async t => {
  const length = ['Content-Length', '5']
  t.equal(rest([]), 0, 'the body ends with the connection')
  t.equal(rest(length, { status: 204 }), 0, 'a body may come that nobody takes')
  t.equal(rest(length, { status: 304 }), 0)
  for (const fields of [[], length, ['Transfer-Encoding', 'chunked']])
    t.equal(rest(fields, { method: 'HEAD' }), 0, 'and so it may here')
  t.equal(rest(['Content-Length', '0'], { method: 'HEAD' }), 4000)
  t.equal(rest([...length, 'Connection', 'close']), 0)
  t.equal(rest([...length, 'Connection', 'X-A', 'connection', 'keep-alive, Close']), 0)
  t.equal(rest([...length, 'Connection', 'keep-alive'], { isHttp10: true }), 0)
  for (const seconds of [0, 1, 2]) t.equal(rest([...length, 'Keep-Alive', `timeout=${seconds}`]), 0)
})
