// Hunt: forged headers and trailers against the running gateway. One identity: the upstream reads what we wrote, once, and nothing else about who is there.
import fc from 'fast-check'
import names from '../attacks/fixtures/header-names.json' with { type: 'json' }
import { buildFort, type Fort, type Impact, type Test, websocketFields } from '../support/attack.ts'
import { freePort, type Settings } from '../support/gate.ts'
import { echo, type Script, type SeenRequest, switchesAndEchoes } from '../support/upstream.ts'
import { type Hunt, hunt } from './hunt.ts'

const { claimed, routing } = names

/** What a forger writes as a value; it must never be read behind us. */
export const mark = 'r00t'

export type Situation = {
  readonly line: string
  readonly with: readonly string[]
  readonly who: 'ann' | undefined
  readonly statuses: readonly number[]
  /** The upstream may be asked a second time, and then hears the same again. */
  readonly mayRetry?: true
}

export type ForgersWorld = Fort & {
  readonly ann: string
  readonly situations: Readonly<Record<string, Situation>>
  /** Where a forgery got to in this situation; undefined when nowhere. */
  breach(impact: Impact, situation: Situation): string | undefined
}

export async function openForgersWorld(t: Test, everyRoute: Settings = {}): Promise<ForgersWorld> {
  const fort = await buildFort(t, {
    answer: turn => (turn.request.headers.some(([name]) => name.toLowerCase() === 'upgrade') ? switchOver : echo)(turn),
    settings: { identity: { assertion: { header: 'X-Sallyport-Assertion' } } },
    everyRoute: { headers: { set: { 'X-Team': '{identity.groups}', 'x-ODD-case': '{identity.user}' } }, ...everyRoute },
    moreRoutes: [
      {
        name: 'down',
        path: '/down',
        upstream: `http://127.0.0.1:${await freePort()}`,
        allow: [{ authenticated: true }],
      },
    ],
  })
  fort.scripts.set('/fickle', hangsUpFirst())
  const ann = `Cookie: ${await fort.signIn('ann')}`
  return {
    ...fort,
    ann,
    situations: situationsFor(ann),
    breach: (impact, situation) => breach(fort, impact, situation),
  }
}

const switchOver = switchesAndEchoes()

/** Every other request finds its connection closed, as after a keep-alive time that was over. */
function hangsUpFirst(): Script {
  let count = 0
  return turn => {
    if (count++ % 2 === 1) return echo(turn)
    turn.socket.destroy()
    return false
  }
}

const situationsFor = (ann: string): Readonly<Record<string, Situation>> => {
  const origin = 'Origin: http://evil.test'
  return {
    'a protected route': { line: 'GET /x HTTP/1.1', with: [ann], who: 'ann', statuses: [200] },
    'a public route': { line: 'GET /public/x HTTP/1.1', with: [], who: undefined, statuses: [200] },
    'a public route, signed in': { line: 'GET /public/x HTTP/1.1', with: [ann], who: 'ann', statuses: [200] },
    'a protected route, anonymous': { line: 'GET /x HTTP/1.1', with: [], who: undefined, statuses: [401] },
    'a preflight': { line: 'OPTIONS /public/x HTTP/1.1', with: [origin], who: undefined, statuses: [200] },
    HEAD: { line: 'HEAD /admin/x HTTP/1.1', with: [ann], who: 'ann', statuses: [200] },
    'HTTP/1.0': { line: 'GET /x HTTP/1.0', with: [ann], who: 'ann', statuses: [200] },
    'a websocket': { line: 'GET /x HTTP/1.1', with: [ann, ...websocketFields], who: 'ann', statuses: [101] },
    'a public websocket': { line: 'GET /public/x HTTP/1.1', with: websocketFields, who: undefined, statuses: [101] },
    'an upstream that is down': { line: 'GET /down/x HTTP/1.1', with: [ann], who: 'ann', statuses: [502] },
    'an upstream that hangs up': {
      ...{ line: 'GET /fickle HTTP/1.1', with: [ann], who: 'ann', statuses: [200, 502] },
      mayRetry: true,
    },
  }
}

/** One spelling for what backends fold together. */
const folded = (name: string) =>
  name
    .toLowerCase()
    .replace(/[-_. ]+/g, '-')
    .replace(/^-|-$/g, '')

const ours = ({ host, gate }: Fort, who: 'ann' | undefined): Readonly<Record<string, string | RegExp>> => ({
  host,
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-host': host,
  'x-forwarded-proto': 'http',
  'x-forwarded-port': String(gate.port),
  'x-request-id': /^[\w-]{16}$/,
  ...(who && {
    'x-forwarded-user': 'ann',
    'x-forwarded-email': 'ann@example.com',
    'x-forwarded-groups': 'sre,staff',
    'x-forwarded-preferred-username': 'ann',
    'x-team': 'sre,staff',
    'x-odd-case': 'ann',
    'x-sallyport-assertion': /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/,
  }),
})

const known = new Set([...claimed, ...routing].map(folded))

function breach(fort: Fort, { statuses, reached }: Impact, situation: Situation): string | undefined {
  const { who, mayRetry } = situation
  const [status = 0] = statuses
  if (!situation.statuses.includes(status)) return `answered ${statuses}`
  const least = status < 400 ? 1 : 0
  if (reached.length < least || reached.length > (mayRetry ? 2 : least)) return `${reached.length} requests`
  return reached.map(seen => forgeryIn(seen, ours(fort, who))).find(found => found !== undefined)
}

/** What the upstream reads about who is there and where from, beyond what we wrote; undefined when there is nothing. */
function forgeryIn(
  { headers, head, trailers }: SeenRequest,
  wanted: Readonly<Record<string, string | RegExp>>,
): string | undefined {
  if (head.includes(mark) || trailers.length > 0) return `the mark, or a trailer: ${head}`
  for (const [name, value] of Object.entries(wanted)) {
    const found = headers.filter(([seen]) => folded(seen) === name).map(([, value]) => value)
    const right = found.length === 1 && (typeof value === 'string' ? found[0] === value : value.test(found[0] ?? ''))
    if (!right) return `${name}: ${JSON.stringify(found)}`
  }
  return headers.map(([name]) => folded(name)).find(name => known.has(name) && !Object.hasOwn(wanted, name))
}

const spelled = (name: string) =>
  fc
    .tuple(
      fc.array(fc.constantFrom('-', '_', '.', '--'), { minLength: 6, maxLength: 6 }),
      fc.constantFrom<'as it is' | 'lower' | 'upper'>('as it is', 'lower', 'upper'),
      fc.constantFrom('', '', '', '-', '_', '.'),
      fc.constantFrom('', '', '', '-', '_', 'HTTP_'),
    )
    .map(([separators, letters, behind, before]) => {
      let at = 0
      const joined = name.replaceAll('-', () => separators[at++ % separators.length] ?? '-')
      const cased = { 'as it is': joined, lower: joined.toLowerCase(), upper: joined.toUpperCase() }[letters]
      return before + cased + behind
    })

const forgedName = fc.oneof(
  fc.constantFrom(...claimed, ...routing),
  fc.constantFrom(...claimed, ...routing).chain(spelled),
)

const forgedValue = fc.constantFrom(
  ...[mark, `${mark}, admin`, `admin,${mark}`, '', ' ', `"${mark}"`, `\t${mark} \t`, `${mark}*=UTF-8''x`],
  ...[`{"user":"${mark}"}`, `\xff${mark}`],
)

const forgery = fc.tuple(forgedName, forgedValue).map(([name, value]) => `${name}: ${value}`)

const listed = fc.oneof(
  forgedName,
  fc.constantFrom('close', 'keep-alive', 'host', 'content-length', 'cookie', 'x-forwarded-for'),
)
const connection = fc.array(listed).map(names => `Connection: ${names.join(' ,\t')}`)
const field = fc.oneof({ weight: 5, arbitrary: forgery }, { weight: 1, arbitrary: connection })

type Case = {
  readonly situation: string
  readonly fields: readonly string[]
  /** With these the request has a body in chunks, and they behind it. */
  readonly trailers: readonly string[]
}

const trial: fc.Arbitrary<Case> = fc.record({
  situation: fc.constantFrom(...Object.keys(situationsFor(''))),
  fields: fc.array(field, { minLength: 1, maxLength: 12 }),
  trailers: fc.oneof(fc.constant([]), fc.constant([]), fc.array(forgery, { minLength: 1, maxLength: 4 })),
})

export const headers = (everyRoute: Settings = {}): Hunt =>
  hunt('headers', trial, async t => {
    const world = await openForgersWorld(t, everyRoute)
    return async ({ situation: name, fields, trailers }) => {
      const situation = world.situations[name] as Situation
      const chunks = trailers.length > 0 && mayHaveBody(situation)
      const sent = chunks ? [...fields, 'Transfer-Encoding: chunked'] : fields
      const body = chunks ? `2\r\nhi\r\n0\r\n${trailers.join('\r\n')}\r\n\r\n` : ''
      const impact = await world.strike(world.request(situation.line, ...situation.with, ...sent) + body)
      const broke = world.breach(impact, situation)
      return broke === undefined ? { saw: impact.reached.length > 0 ? 'let in' : 'kept out' } : { broke }
    }
  })

const mayHaveBody = ({ line, with: fields, mayRetry }: Situation): boolean =>
  line.endsWith('1.1') && !mayRetry && !fields.includes('Upgrade: websocket')
