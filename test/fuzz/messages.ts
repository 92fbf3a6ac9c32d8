// Hunt: several requests on one connection, sound and spoilt. One message: the upstream is asked what was allowed, once, in framing of ours.
import fc from 'fast-check'
import { buildFort, type Fort, type Impact } from '../support/attack.ts'
import { converse } from '../support/converse.ts'
import type { Settings } from '../support/gate.ts'
import type { RawAnswer } from '../support/raw.ts'
import type { SeenRequest } from '../support/upstream.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'
import { type Hunt, hunt } from './hunt.ts'

/** Written so that exactly one reading of it is right. */
type Sound = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly room: 'public' | 'admin'
  readonly framing: 'none' | 'length' | 'chunked'
  readonly payload: readonly string[]
}

/** Written so that readers could disagree, or that none should accept. */
type Odd = { readonly line: string; readonly fields: readonly string[]; readonly body: readonly string[] }

type Case = {
  readonly sound: readonly Sound[]
  readonly odd: Odd | undefined
  readonly behind: readonly Sound[]
  /** In how many pieces the bytes arrive. */
  readonly pieces: number
}

/** Nobody is signed in here, so whatever asks for this was never allowed. */
const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'

const payload = fc.array(fc.constantFrom(smuggled, 'x', '0\r\n\r\n', '\r\n', 'hello', 'x'.repeat(5000)), {
  maxLength: 3,
})

const sound: fc.Arbitrary<Sound> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT'),
  room: fc.constantFrom('public', 'public', 'admin'),
  framing: fc.constantFrom('none', 'length', 'chunked'),
  payload,
})

const lengths = [
  '0',
  '5',
  '05',
  '+5',
  '5 ',
  '5,5',
  '5, 6',
  '-1',
  '1e1',
  '0x5',
  '',
  '5\x0b',
  '9'.repeat(20),
  '5;',
  '\xb2',
]
const codings = [
  ...['chunked', 'Chunked', 'chunked ', '\tchunked', 'xchunked', 'chunked, identity', 'identity', 'gzip, chunked'],
  ...[',chunked', '\x0bchunked', '"chunked"', 'chunked;q=1', 'chunked, chunked', '', 'chun\r\n ked', 'chunk\xa0ed'],
]
const names = (name: string) => [name, name.toLowerCase(), `${name} `, ` ${name}`, `${name}\t`, name.replace('-', '_')]

const framingField = fc.oneof(
  fc.tuple(fc.constantFrom(...names('Content-Length')), fc.constantFrom(...lengths)),
  fc.tuple(fc.constantFrom(...names('Transfer-Encoding')), fc.constantFrom(...codings)),
)
const otherField = fc.constantFrom(
  ...['Connection: Content-Length', 'Connection: transfer-encoding', 'Trailer: Content-Length', 'TE: trailers'],
  ...['Expect: 100-continue', 'Expect: 100-continue, x', 'Upgrade: h2c', 'Host: other', 'Host: localhost', 'X\0: y'],
  ...['X: y\n Content-Length: 5', 'X: y\rContent-Length: 5', 'X: y\nContent-Length: 5', 'X: y\r\n\tz', ': y', 'X'],
)
const field = fc.oneof(
  { weight: 3, arbitrary: framingField.map(([name, value]) => `${name}: ${value}`) },
  { weight: 1, arbitrary: otherField },
)

const piece = fc.constantFrom(
  ...[
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '5;ext=1\r\nhello\r\n',
    '5\nhello\n',
    '0005\r\nhello\r\n',
    '5 \r\nhello\r\n',
    'hello',
  ],
  ...[
    'FFFFFFFFFFFFFFFF\r\n',
    '-1\r\n',
    '0x5\r\nhello\r\n',
    '0\r\nX: y\r\n\r\n',
    '0\n\n',
    '5\r\nhello',
    '\r\n',
    '\n',
    '\0',
  ],
  ...[smuggled, smuggled, smuggled.slice(0, -4), '5;\n\r\nhello\r\n', '5;"\r\nhello\r\n'],
)

const odd: fc.Arbitrary<Odd> = fc.record({
  line: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('POST /public/odd HTTP/1.1', 'GET /public/odd HTTP/1.1') },
    fc.constantFrom(
      ...['POST /public/odd HTTP/1.0', 'POST /public/odd HTTP/0.9', 'POST /public/odd', 'post /public/odd HTTP/1.1'],
      ...[
        'POST  /public/odd  HTTP/1.1',
        'POST /public/odd HTTP/1.1 x',
        'GET /public/odd\tHTTP/1.1',
        '',
        'GET /public/odd',
      ],
      ...['POST http://localhost/public/odd HTTP/1.1', 'POST /public/odd HTTP/2.0', 'CONNECT x:1 HTTP/1.1', '\0'],
    ),
  ),
  fields: fc.array(field, { maxLength: 4 }),
  body: fc.array(piece, { maxLength: 4 }),
})

const trial: fc.Arbitrary<Case> = fc.record({
  sound: fc.array(sound, { maxLength: 4 }),
  odd: fc.option(odd, { nil: undefined, freq: 2 }),
  behind: fc.array(sound, { maxLength: 2 }),
  pieces: fc.integer({ min: 1, max: 6 }),
})

export const messages = (everyRoute: Settings = {}): Hunt =>
  hunt('messages', trial, async t => {
    const fort = await buildFort(t, { everyRoute })
    return async one => {
      const impact = await converse(fort, bytesOf(one, fort), {
        methods: one.sound.map(({ method }) => method),
        pieces: one.pieces,
        isLast: one.odd === undefined && one.behind.length === 0,
      })
      const broke = mixedUp(one, impact) ?? (await strangersAnswer(fort))
      return broke === undefined ? { saw: outcomeOf(one, impact) } : { broke }
    }
  })

const targetOf = ({ room }: Sound, at: number): string => `/${room}/m${at}`

function bytesOf({ sound, odd, behind }: Case, { host }: Fort): string {
  const before = sound.map((one, at) => render(one, targetOf(one, at), host)).join('')
  const spoilt = odd ? `${[odd.line, `Host: ${host}`, ...odd.fields].join('\r\n')}\r\n\r\n${odd.body.join('')}` : ''
  return before + spoilt + behind.map((one, at) => render(one, `/${one.room}/b${at}`, host)).join('')
}

function render({ method, framing, payload }: Sound, target: string, host: string): string {
  const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n`
  const body = payload.join('')
  if (framing === 'none') return `${head}\r\n`
  if (framing === 'length') return `${head}Content-Length: ${body.length}\r\n\r\n${body}`
  const chunks = payload.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`
}

const bodyOf = ({ framing, payload }: Sound): string => (framing === 'none' ? '' : payload.join(''))

const mixedUp = (one: Case, impact: Impact): string | undefined =>
  wronglyAnswered(one, impact) ?? wronglyAsked(impact.reached)

/** The answers to the sound requests, up to one that ends the connection, as one to an unread upload does. */
function wronglyAnswered({ sound }: Case, { statuses, answers }: Impact): string | undefined {
  if (statuses.some(status => status >= 500)) return `the answers were ${statuses}`
  const last = answers.findIndex(({ headers }) => fieldOf(headers, 'connection') === 'close')
  if (last >= 0 && answers.length > last + 1) return `the connection was to be closed behind one of ${statuses}`
  for (const [at, message] of sound.entries()) {
    if (last >= 0 && at > last) return undefined
    const problem = notAnswering(message, targetOf(message, at), answers[at])
    if (problem) return `message ${at} was answered ${problem}`
  }
  return undefined
}

function notAnswering(message: Sound, target: string, answer: RawAnswer | undefined): string | undefined {
  const wanted = message.room === 'public' ? 200 : 401
  if (answer?.status !== wanted) return `${answer?.status} instead of ${wanted}`
  if (wanted === 401 || message.method === 'HEAD') return undefined
  const seen = JSON.parse(answer.body)
  return seen.target === target && seen.body === bodyOf(message) ? undefined : `for ${seen.target}`
}

function wronglyAsked(reached: readonly SeenRequest[]): string | undefined {
  const asked = new Set<string>()
  for (const seen of reached) {
    if (seen.target.startsWith('/admin')) return `${seen.target} was reached`
    if (asked.has(seen.target)) return `${seen.target} was asked for twice`
    asked.add(seen.target)
    const problem = framingProblem(seen)
    if (problem) return problem
  }
  return undefined
}

/** The upstream's request has one reading only. */
function framingProblem({ line, head, headers }: SeenRequest): string | undefined {
  const [lengths, codings] = [fieldsOf(headers, 'content-length'), fieldsOf(headers, 'transfer-encoding')]
  if (!/^[A-Z]+ \/\S* HTTP\/1\.1$/.test(line)) return `a request line of ${JSON.stringify(line)}`
  if (lengths.length + codings.length > 1) return `framed by ${[...lengths, ...codings]}`
  if (!lengths.every(length => /^\d+$/.test(length)) || !codings.every(coding => coding === 'chunked'))
    return `framed by ${[...lengths, ...codings]}`
  return /[\0-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)|(?<!\r)\n/.test(head) ? 'a control character in the head' : undefined
}

/** Somebody else on the same pool is asked for nothing but their own, and gets it. */
export async function strangersAnswer({ strike, request }: Fort): Promise<string | undefined> {
  const { statuses, answers } = await strike(request('GET /public/stranger HTTP/1.1'))
  const own = statuses[0] === 200 && answers[0]?.body.includes('"target":"/public/stranger"')
  return own ? undefined : `a stranger was answered ${statuses}: ${JSON.stringify(answers[0]?.body.slice(0, 200))}`
}

const outcomeOf = ({ odd }: Case, { reached }: Impact): string => {
  if (!odd) return 'sound'
  return reached.some(({ target }) => target === '/public/odd') ? 'odd, let in' : 'odd, kept out'
}
