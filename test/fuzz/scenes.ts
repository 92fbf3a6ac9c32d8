// Answers of upstreams, made up: some as RFC 9112 has them, some spoilt, all cut into pieces anywhere.
import fc from 'fast-check'

export type Scene = {
  readonly method: 'GET' | 'HEAD'
  /** What the upstream writes, in this many writes; as latin1. */
  readonly pieces: readonly string[]
  /** It then ends the connection. */
  readonly ends: boolean
}

const line = (...parts: readonly string[]): string => `${parts.join('')}\r\n`
const oneOf = fc.constantFrom
const charsOf = (chars: string, length: fc.StringConstraints): fc.Arbitrary<string> =>
  fc.string({ unit: oneOf(...chars), ...length })

const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 0x21 + i))
const fieldText = charsOf(`${visible}  \t\x80\xe4\xff`, { maxLength: 20 })
const tokenText = charsOf("abcXYZ019!#$%&'*+-.^_`|~", { minLength: 1, maxLength: 8 })
const blanks = charsOf(' \t', { maxLength: 2 })

const plainName = fc.oneof(oneOf('Content-Type', 'X-A', 'x-a', 'Vary', 'Server'), tokenText)
const plainField = fc
  .tuple(plainName, blanks, fieldText, blanks)
  .filter(([name]) => !/^(?:connection|keep-alive|transfer-encoding|content-length|upgrade)$/i.test(name))
  .map(([name, before, value, after]) => line(name, ':', before, value.trim(), after))
const knownField = oneOf(
  'Set-Cookie: a=1; Path=/\r\n',
  'set-cookie:b=2\r\n',
  'Location: /there\r\n',
  'Cache-Control: no-store\r\n',
  'Connection: keep-alive\r\n',
  'Connection: close\r\n',
  'Connection: X-A, keep-alive\r\n',
  'Keep-Alive: timeout=5, max=100\r\n',
  'Keep-Alive: timeout=1\r\n',
  'Proxy-Authenticate: Basic\r\n',
  'Trailer: X-Sum\r\n',
  'Alt-Svc: h3=":443"\r\n',
  'Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n',
)
const fields = fc.array(fc.oneof(plainField, knownField), { maxLength: 6 }).map(lines => lines.join(''))

const reason = fc.oneof(
  oneOf('', ' ', ' OK', ' Not at all'),
  fieldText.map(text => ` ${text}`),
)
const finalStatus = fc.oneof(oneOf(200, 204, 206, 301, 304, 404, 500, 503), fc.integer({ min: 200, max: 599 }))
const informational = oneOf(
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\n',
)
const body = fc.string({ unit: oneOf('a', '0', '\r', '\n', '\0', '\xff', ':', ' '), maxLength: 40 })

const extension = fc.tuple(tokenText, oneOf('', '=b', '="q;\\" "')).map(parts => `;${parts.join('')}`)
const chunk = fc
  .tuple(body, fc.array(extension, { maxLength: 2 }), oneOf('', '0', '000'), fc.boolean())
  .filter(([data]) => data.length > 0)
  .map(([data, extensions, zeros, upper]) => {
    const size = data.length.toString(16)
    return line(zeros, upper ? size.toUpperCase() : size, ...extensions) + line(data)
  })
const trailer = fc
  .tuple(oneOf('X-Sum', 'X-B', 'Set-Cookie', 'Content-Type'), fieldText)
  .map(([name, value]) => line(name, ': ', value.trim()))
const chunkedBody = fc
  .tuple(fc.array(chunk, { maxLength: 4 }), oneOf('0', '00'), fc.array(trailer, { maxLength: 2 }))
  .map(([chunks, last, trailers]) => [...chunks, line(last), ...trailers, '\r\n'].join(''))

type Framed = { readonly field: string; readonly bytes: string; readonly toEnd: boolean }

const framed: fc.Arbitrary<Framed> = fc.oneof(
  fc
    .tuple(oneOf('Content-Length', 'content-length'), body)
    .map(([name, bytes]) => ({ field: line(name, ': ', String(bytes.length)), bytes, toEnd: false })),
  fc
    .tuple(oneOf('Transfer-Encoding: chunked', 'transfer-encoding:\tChunked '), chunkedBody)
    .map(([field, bytes]) => ({ field: line(field), bytes, toEnd: false })),
  body.map(bytes => ({ field: '', bytes, toEnd: true })),
)

type Whole = { readonly method: Scene['method']; readonly bytes: string; readonly ends: boolean }

const wholeAnswer: fc.Arbitrary<Whole> = fc
  .record({
    method: oneOf('GET', 'GET', 'GET', 'HEAD'),
    before: fc.array(informational, { maxLength: 3 }),
    status: finalStatus,
    reason,
    fields: fc.tuple(fields, fields),
    framed,
    ends: fc.boolean(),
  })
  .map(({ method, before, status, reason, fields: [above, below], framed: { field, bytes, toEnd }, ends }) => {
    const hasBody = method === 'GET' && status !== 204 && status !== 304
    const framing = status === 204 ? '' : field
    const head = line('HTTP/1.1 ', String(status), reason) + above + framing + line(below)
    return { method, bytes: before.join('') + head + (hasBody ? bytes : ''), ends: ends || (hasBody && toEnd) }
  })

const pieces = (bytes: string, cuts: readonly number[]): string[] => {
  const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((place, i) => bytes.slice(places[i], place))
}
const cuts = fc.oneof(fc.constant([]), fc.array(fc.nat(), { maxLength: 4 }))

export const soundScenes: fc.Arbitrary<Scene> = fc
  .tuple(wholeAnswer, cuts)
  .map(([{ method, bytes, ends }, places]) => ({ method, pieces: pieces(bytes, places), ends }))

const nasty = oneOf(
  ...[
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\r\n\r\n',
    ' ',
    '\t',
    '\0',
    '\x7f',
    '\x80',
    ':',
    ';',
    ',',
    '"',
    'x',
    '0',
    '5',
    '-',
    '+',
    'ff',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: 0\r\n',
    'Content-Length:\r\n',
    'Content-Length: +1\r\n',
    'Content-Length: 1, 1\r\n',
  ],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip\r\n', 'Transfer-Encoding: chunked, chunked\r\n'],
  ...[
    'Transfer-Encoding:\r\n',
    'Transfer-Encoding: identity\r\n',
    'Transfer-Encoding\r\n',
    ' folded\r\n',
    'Upgrade: x\r\n',
  ],
  ...[
    '0\r\n\r\n',
    '1\r\n',
    '0x1\r\n',
    ' 5\r\n',
    '5 \r\n',
    '5;\r\n',
    'ffffffffffffffff\r\n',
    '10000000000000000\r\n',
    '5;a="\r\n',
  ],
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.0 ',
    'HTTP/2 ',
  ],
)
type Damage = (bytes: string, at: number) => string

const damage: fc.Arbitrary<Damage> = fc.oneof(
  nasty.map(
    (text): Damage =>
      (bytes, at) =>
        bytes.slice(0, at) + text + bytes.slice(at),
  ),
  nasty.map(
    (text): Damage =>
      (bytes, at) =>
        bytes.slice(0, at) + text + bytes.slice(at + text.length),
  ),
  // Where lines begin, most damage is done.
  nasty.map(
    (text): Damage =>
      (bytes, at) => {
        const start = bytes.indexOf('\n', at) + 1
        return bytes.slice(0, start) + text + bytes.slice(start)
      },
  ),
  fc.integer({ min: 1, max: 4 }).map(
    (count): Damage =>
      (bytes, at) =>
        bytes.slice(0, at) + bytes.slice(at + count),
  ),
  fc.constant<Damage>((bytes, at) => bytes.slice(0, at)),
  fc.constant<Damage>((bytes, at) => bytes + bytes.slice(at)),
)

/** Perhaps still well-formed by chance. Nothing comes after it, so every reader gets to an end with it. */
export const spoiltScenes: fc.Arbitrary<Scene> = fc
  .tuple(wholeAnswer, fc.array(fc.tuple(damage, fc.nat()), { minLength: 1, maxLength: 3 }), cuts)
  .map(([{ method, bytes }, damages, places]) => {
    const worse = damages.reduce((text, [harm, at]) => harm(text, at % (text.length + 1)), bytes)
    return { method, pieces: pieces(worse, places), ends: true }
  })
