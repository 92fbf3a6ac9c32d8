import t from 'tap'
import { type HeadReading, readHead } from '../../src/proxy/http1-head.ts'

const read = (text: string, from = 0): HeadReading => readHead(Buffer.from(text, 'latin1'), from)

t.test('a head has a status line and fields', async t => {
  const head = 'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\n'
  t.strictSame(read(`${head}body\r\n\r\n`), {
    head: { status: 200, isHttp10: false, rawHeaders: ['X-A', '1', 'x-a', '2'] },
    end: head.length,
  })
  t.match(read(`before${head}`, 6), { head: { status: 200 }, end: 6 + head.length })
})

t.test('the reason may be anything, or missing', async t => {
  for (const line of ['200 OK', '200 ', '200', '200 \xe4\t!', '999 x', '100 Continue'])
    t.match(read(`HTTP/1.1 ${line}\r\n\r\n`), { head: { status: Number(line.slice(0, 3)) } }, line)
  t.match(read('HTTP/1.0 404 Gone\r\n\r\n'), { head: { isHttp10: true } })
})

t.test('a status line that is none is refused (d-23)', async t => {
  const lines = [
    ...[
      'garbage',
      '',
      ' HTTP/1.1 200 OK',
      'HTTP/1.1  200 OK',
      'HTTP/1.1\t200 OK',
      'http/1.1 200 OK',
      'HTTP/1.2 200 OK',
    ],
    ...['HTTP/2 200', 'HTTP/1.1 2000 OK', 'HTTP/1.1 20 OK', 'HTTP/1.1 099 OK', 'HTTP/1.1 +20 OK', 'HTTP/1.1 200OK'],
    ...[
      'HTTP/1.1 200 a\0',
      'HTTP/1.1 200 a\rb',
      'HTTP/1.1 200 OK\nX: 1',
      'ICY 200 OK',
      'HTTP/11 200 OK',
      'HTTP/1.1 2x0 OK',
    ],
  ]
  for (const line of lines) t.match(read(`${line}\r\n\r\n`), { found: String }, JSON.stringify(line))
})

t.test('a part of a head is waited for, as long as it can still become one', async t => {
  const head = 'HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n'
  for (let length = 0; length < head.length; length++) t.equal(read(head.slice(0, length)), 'part', `${length} bytes`)
  for (const text of [
    '220 smtp',
    'HTTP/2',
    'SSH-2.0',
    'HTTP/1.1 200 OK\n',
    'HTTP/1.1 200 OK\r\n X',
    'HTTP/1.1 200 OK\r\nA\r\n',
  ])
    t.match(read(text), text.endsWith(' X') ? 'part' : { found: String }, JSON.stringify(text))
})

t.test('a head has an end', async t => {
  const withValueOf = (length: number) => `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(length)}\r\n\r\n`
  const most = 65_536 - withValueOf(0).length
  t.match(read(withValueOf(most)), { head: { status: 200 } })
  t.match(read(withValueOf(most + 1)), { found: /65536/ })
  t.match(read(withValueOf(most + 1).slice(0, -2)), 'part')
  t.match(read(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`), { found: /65536/ })
})
