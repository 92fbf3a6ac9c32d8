// Hunt: what an upstream may say, sound and spoilt. One message, the other way: a client gets its own answer in framing of ours, or sees that it broke off.
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { buildFort, type Fort, websocketFields } from '../support/attack.ts'
import type { Settings } from '../support/gate.ts'
import { openRaw, type RawAnswer } from '../support/raw.ts'
import type { Script } from '../support/upstream.ts'
import { fieldsOf } from '../support/wire.ts'
import { type Hunt, hunt, type Outcome } from './hunt.ts'
import { strangersAnswer } from './messages.ts'

type Case = {
  readonly ask: 'GET' | 'HEAD' | 'POST' | 'websocket'
  readonly answer:
    | { readonly kind: 'sound'; readonly status: number; readonly chunks: readonly string[]; readonly chunked: boolean }
    | { readonly kind: 'odd'; readonly head: readonly string[]; readonly body: readonly string[] }
  /** In how many pieces the bytes leave the upstream, and what it does behind them. */
  readonly pieces: number
  readonly afterwards: 'waits' | 'ends' | 'resets'
}

/** If this ever answers anybody, one message has become another. */
const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'

const statusLine = fc.oneof(
  { weight: 3, arbitrary: fc.constant('HTTP/1.1 200 OK') },
  fc.constantFrom(
    ...[
      'HTTP/1.1 204 No Content',
      'HTTP/1.1 304 Not Modified',
      'HTTP/1.0 200 OK',
      'HTTP/1.1 100 Continue',
      'HTTP/1.1 200',
    ],
    ...[
      'HTTP/1.1 103 Early Hints',
      'HTTP/1.1 101 Switching Protocols',
      'HTTP/1.1 199 Odd',
      'HTTP/1.1 999 Odd',
      'ICY 200 OK',
    ],
    ...[
      'HTTP/1.1 099 Odd',
      'HTTP/1.1 20 Odd',
      'HTTP/1.1 2000 Odd',
      'HTTP/2 200',
      'HTTP/1.1  200 OK',
      'http/1.1 200 OK',
      '',
    ],
    ...[
      'HTTP/1.1 200 \r',
      'HTTP/1.1 200 O\0K',
      'HTTP/1.1\t200 OK',
      ' HTTP/1.1 200 OK',
      'HTTP/1.1 -12 Odd',
      'HTTP/1.1 407 X',
    ],
  ),
)

const field = fc.oneof(
  fc.tuple(
    fc.constantFrom('Content-Length', 'content-length', 'Content-Length ', ' Content-Length', 'Content\0Length'),
    fc.constantFrom('0', '5', '5', '6', '05', '+5', '-5', '5,5', '5, 6', '', '0x5', '5 5', '9'.repeat(20), '1e1'),
  ),
  fc.tuple(
    fc.constantFrom('Transfer-Encoding', 'transfer-encoding', 'Transfer-Encoding ', 'Transfer\x0b-Encoding'),
    fc.constantFrom(
      'chunked',
      'Chunked',
      'gzip, chunked',
      'chunked, gzip',
      'identity',
      'xchunked',
      '',
      ',chunked',
      '\x0bchunked',
    ),
  ),
  fc
    .constantFrom(
      ...[
        'Connection: close',
        'Connection: keep-alive, X-Y',
        'Connection: Content-Length',
        'X-Y: a\x01b',
        'X-Y: a\r b',
      ],
      ...['Trailer: Content-Length', 'Upgrade: websocket', 'Keep-Alive: timeout=1', 'X-Y: a\nb: c', 'X-Y: \xff'],
      ...['Set-Cookie: sallyport=stolen', 'Set-Cookie: =sallyport=x', 'Alt-Svc: h2="evil.test"', 'X Y: z', ': x', 'x'],
    )
    .map(line => [line]),
)

const piece = fc.constantFrom(
  ...[
    'hello',
    'hello',
    'hel',
    '5\r\nhello\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    '5;x=y\r\nhello\r\n',
    '5\nhello\n0\n\n',
    '0\r\n\r\n',
  ],
  ...[
    '0\r\nSet-Cookie: sallyport=x\r\nX-T: y\r\n\r\n',
    '0x5\r\nhello\r\n',
    '-5\r\nhello\r\n',
    'FFFFFFFFF\r\n',
    '5\r\nhello',
    '\0',
  ],
  ...[poison, poison, '\r\n', '*70000'],
)

const trial: fc.Arbitrary<Case> = fc.record({
  ask: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'websocket'),
  answer: fc.oneof(
    fc.record({
      kind: fc.constant('sound'),
      status: fc.constantFrom(200, 201, 302, 404, 418, 503, 599),
      chunks: fc.array(fc.constantFrom(poison, 'x', '\r\n\r\n', '*70000'), { maxLength: 3 }),
      chunked: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('odd'),
      head: fc
        .tuple(statusLine, fc.array(field, { maxLength: 3 }))
        .map(([line, fields]) => [line, ...fields.map(([name, value]) => `${name}: ${value}`)]),
      body: fc.array(piece, { maxLength: 3 }),
    }),
  ),
  pieces: fc.integer({ min: 1, max: 4 }),
  afterwards: fc.constantFrom('waits', 'ends', 'ends', 'ends', 'ends', 'resets'),
}) as fc.Arbitrary<Case>

export const answers = (everyRoute: Settings = {}): Hunt =>
  hunt('answers', trial, async t => {
    const fort = await buildFort(t, { everyRoute })
    return async one => {
      fort.scripts.set('/public/odd', tells(one))
      const heard = await ask(fort, one)
      const broke = wronglyHeard(one, heard) ?? (await strangersAnswer(fort))
      return broke === undefined ? sawOf(one, heard) : { broke }
    }
  })

/** Long stretches are written as `*LENGTH`, so that a case can be read. */
const spelledOut = (parts: readonly string[]): string =>
  parts.join('').replace(/\*(\d+)/g, (_, length) => 'x'.repeat(Number(length)))

const textOf = ({ ask, answer }: Case): string => {
  if (answer.kind === 'odd') return `${answer.head.join('\r\n')}\r\n\r\n${spelledOut(answer.body)}`
  const head = `HTTP/1.1 ${answer.status} Said\r\n`
  const body = spelledOut(answer.chunks)
  const bodiless = ask === 'HEAD'
  if (!answer.chunked) return `${head}Content-Length: ${body.length}\r\n\r\n${bodiless ? '' : body}`
  const chunks = [...answer.chunks.map(chunk => spelledOut([chunk])), '']
    .map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join('')
  return `${head}Transfer-Encoding: chunked\r\n\r\n${bodiless ? '' : chunks}`
}

const tells =
  (one: Case): Script =>
  async ({ socket }) => {
    const text = textOf(one)
    // What comes behind an answer's end, and late, is an answer to whoever asks next, as far as anybody can tell.
    const step = one.answer.kind === 'sound' ? Math.max(1, Math.ceil(text.length / one.pieces)) : text.length
    for (let at = 0; at < text.length; at += step) {
      if (at > 0) await pause(1)
      socket.write(text.slice(at, at + step), 'latin1')
    }
    if (one.afterwards === 'waits' && one.answer.kind === 'sound') return undefined
    // Shorter than any of our timeouts, which are not what this is about.
    if (one.afterwards === 'waits') await pause(30)
    socket.end(one.afterwards === 'resets' ? () => socket.resetAndDestroy() : undefined)
    return false
  }

type Heard = { readonly first: RawAnswer | undefined; readonly next: RawAnswer | undefined; readonly rest: string }

/** The request, and another one behind its answer on the same connection. */
async function ask({ gate, request }: Fort, { ask }: Case): Promise<Heard> {
  const connection = await openRaw(gate.port)
  const impatient = setTimeout(() => connection.socket.destroy(), 10_000)
  try {
    const method = ask === 'websocket' ? 'GET' : ask
    const fields = ask === 'websocket' ? websocketFields : ask === 'POST' ? ['Content-Length: 0'] : []
    connection.send(request(`${method} /public/odd HTTP/1.1`, ...fields))
    const first = await connection.answer(method)
    if (!first || first.status === 101) return { first, next: undefined, rest: '' }
    connection.send(request('GET /public/next HTTP/1.1', 'Connection: close'))
    return { first, next: await connection.answer(), rest: await connection.wire.rest() }
  } finally {
    clearTimeout(impatient)
    connection.socket.destroy()
  }
}

function wronglyHeard(one: Case, { first, next, rest }: Heard): string | undefined {
  if (rest !== '') return `there was more behind the last answer: ${JSON.stringify(rest.slice(0, 100))}`
  if (next && !next.body.includes('"target":"/public/next"')) return `the next request was answered ${next.line}`
  if (one.answer.kind === 'sound' && one.afterwards !== 'resets') return wronglyRelayed(one, first)
  // An answer that broke off.
  if (!first) return undefined
  if (first.status < 101 || first.status > 999 || (first.status === 101 && one.ask !== 'websocket'))
    return `the answer was ${first.line}`
  return headProblem(first) ?? first.informational.map(headProblem).find(problem => problem !== undefined)
}

function wronglyRelayed({ ask, answer }: Case, first: RawAnswer | undefined): string | undefined {
  if (answer.kind !== 'sound') return undefined
  const wanted = ask === 'HEAD' ? '' : spelledOut(answer.chunks)
  if (first?.status === answer.status && first.body === wanted) return headProblem(first)
  return `a sound ${answer.status} with ${wanted.length} bytes became ${first?.status} with ${first?.body.length}`
}

/** The client's answer has one reading only, and nothing in it that ends with the upstream's connection or is ours. */
function headProblem({ head, headers }: Pick<RawAnswer, 'head' | 'headers'>): string | undefined {
  const framing = [...fieldsOf(headers, 'content-length'), ...fieldsOf(headers, 'transfer-encoding')]
  if (framing.length > 1 || !framing.every(one => /^\d+$|^chunked$/.test(one))) return `framed by ${framing}`
  if (/[\0-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)|(?<!\r)\n/.test(head)) return 'a control character in the head'
  if (fieldsOf(headers, 'set-cookie').some(line => line.includes('sallyport'))) return 'a cookie under our name'
  const ended = headers.find(([name]) => /^(?:alt-svc|proxy-.*|trailer|te)$/i.test(name))
  return ended && `the field ${ended[0]} has passed`
}

const sawOf = ({ answer: { kind } }: Case, { first }: Heard): Outcome => {
  if (kind === 'sound') return { saw: 'sound' }
  return { saw: first === undefined || first.status === 502 || first.status === 504 ? 'odd, kept out' : 'odd, let in' }
}
