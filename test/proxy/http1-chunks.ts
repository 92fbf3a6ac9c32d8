import fc from 'fast-check'
import t from 'tap'
import { ChunkedBody } from '../../src/proxy/http1-chunks.ts'

type Read = {
  readonly body: string
  readonly end: number | string
  readonly trailers: readonly string[]
  readonly whole: boolean
}

/** Reads the text in these pieces; `end` counts from the beginning of the text, or says what was wrong. */
function read(...pieces: readonly string[]): Read {
  const chunks = new ChunkedBody()
  const taken: string[] = []
  let before = 0
  let end: number | string = 0
  for (const piece of pieces) {
    if (chunks.whole || typeof end === 'string') break
    const result = chunks.read(Buffer.from(piece, 'latin1'), 0, part => void taken.push(part.toString('latin1')))
    end = typeof result === 'number' ? before + result : result.found
    before += piece.length
  }
  return { body: taken.join(''), end, trailers: chunks.trailers, whole: chunks.whole }
}

t.test('chunks are put together, and what follows them is not touched', async t => {
  const text = '5\r\nhello\r\n006;a;b=c;d="e;\\" "\r\n world\r\n0\r\n\r\n'
  t.strictSame(read(`${text}more`), { body: 'hello world', end: text.length, trailers: [], whole: true })
  t.match(read('A\r\n0123456789\r\n00\r\n\r\n'), { body: '0123456789', whole: true })
  t.match(read('0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n'), { body: '', trailers: ['X-Sum', '1', 'X-B', '2'], whole: true })
})

t.test('bytes of a chunk may be anything', async t => {
  t.match(read('8\r\n\r\n0\r\n\r\n\0\r\n0\r\n\r\n'), { body: '\r\n0\r\n\r\n\0', whole: true })
})

t.test('a chunk is exactly as long as it says, and says it exactly (d-23)', async t => {
  const broken = [
    ...['\r\n', 'x\r\n', ' 5\r\n', '5 \r\n', '-5\r\n', '+5\r\n', '0x5\r\n', '5,5\r\n', '5\n', '5\r5', '5\r\r\n', '\n'],
    ...[
      '5;\r\n',
      '5; a\r\n',
      '5;a=\r\n',
      '5;a="\r\n',
      '5;a="b"c\r\n',
      '5;a=b=c\r\n',
      '5;a\n5\r\n',
      '5;a\0\r\n',
      '5;=b\r\n',
      '5 ;a\r\n',
    ],
    ...[
      'fffffffffffffffff\r\n',
      'ffffffffffffffff\r\n',
      '20000000000000\r\n',
      `5;${'a'.repeat(1024)}\r\n`,
      'a'.repeat(1025),
    ],
    ...[
      '3\r\nabcd\r\n',
      '3\r\nabc0\r\n',
      '3\r\nabc\n0\r\n',
      '3\r\nabc\r0',
      '0\r\nA : 1\r\n\r\n',
      '0\r\n A: 1\r\n\r\n',
      '0\r\nA: 1\n\r\n',
    ],
    ...['0\r\nContent-Length: 5\r\n\r\n', '0\r\nA: 1\r\ntransfer-encoding: chunked\r\n\r\n'],
    `0\r\n${'A: 1\r\n'.repeat(501)}\r\n`,
    `0\r\nA: ${'a'.repeat(65_536)}\r\n\r\n`,
  ]
  for (const text of broken) {
    const { end, whole } = read(text)
    t.type(end, 'string', JSON.stringify(text.slice(0, 40)))
    t.notOk(whole)
  }
})

t.test('however the bytes are cut, the result is the same', async t => {
  const part = fc.constantFrom(
    '5\r\nhello\r\n',
    '3;a=b\r\n\r\n0\r\n',
    '1\r\nx\r\n',
    '0\r\n',
    'X-Sum: 1\r\n',
    '\r\n',
    'x',
    '\n',
    '5',
    ' ',
  )
  const text = fc.array(part, { maxLength: 8 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
      const places = [0, ...cuts.map(cut => cut % (text.length + 1)).sort((a, b) => a - b), text.length]
      t.strictSame(read(...places.slice(1).map((place, i) => text.slice(places[i], place))), read(text))
    }),
  )
})
