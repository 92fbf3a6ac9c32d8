// Hunt: request targets against the running gateway. One path: what was judged is what is sent, and what every backend reads.
import fc from 'fast-check'
import { ambiguousForms } from '../../src/core/target.ts'
import { allReadings } from '../core/fixtures/backends.ts'
import { type Rule, ruleFor } from '../core/fixtures/rule-for.ts'
import { spoiltTarget } from '../core/fixtures/spoilt-targets.ts'
import { buildFort, type Fort, type Impact, websocketFields } from '../support/attack.ts'
import type { Settings } from '../support/gate.ts'
import { echo, type SeenRequest, switchesAndEchoes } from '../support/upstream.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'
import { type Hunt, hunt, type Outcome } from './hunt.ts'

type Who = 'nobody' | 'bob' | 'ann'

type Case = {
  readonly method: string
  readonly target: string
  readonly who: Who
  readonly upgrade: boolean
}

type Room = Rule & { readonly admits: readonly Who[]; readonly settings: Settings }

const everybody: readonly Who[] = ['nobody', 'bob', 'ann']
const signedIn = { allow: [{ authenticated: true }] }

const room = (name: string, path: string, admits: readonly Who[], { exact = false, ...settings }: Settings): Room => ({
  ...{ name, path, exact, methods: settings.methods },
  admits,
  settings: { name, path, exact, headers: { set: { 'X-Rule': name } }, ...settings },
})

/** As they are written down in the wild: a public corner, a guarded one, a front room, and one of each special kind. */
const rooms: readonly Room[] = [
  room('public', '/public', everybody, { public: true }),
  room('healthz', '/healthz', everybody, { public: true, exact: true }),
  room('admin', '/admin', ['ann'], { allow: [{ groups: ['sre'] }] }),
  room('api', '/api', ['bob', 'ann'], { ...signedIn, methods: ['GET', 'POST'] }),
  room('docs', '/docs', ['bob', 'ann'], { ...signedIn, allowInPath: [...ambiguousForms] }),
  room('wiki', '/public/wiki', ['ann'], { allow: [{ groups: ['sre'] }], allowInPath: ['encodedSlash'] }),
  room('inner', '/shop', ['bob', 'ann'], { ...signedIn, rewrite: { stripPrefix: '/shop', addPrefix: '/inner' } }),
  room('all', '/', ['bob', 'ann'], signedIn),
]

const ordinary = fc.constantFrom(
  ...['/', '/public', '/public/a?x=/admin', '/healthz', '/healthz/', '/admin/x', '/api/v1?a=b', '/docs/a%2Fb;c//d'],
  ...['/public/wiki/a%2fb', '/shop', '/shop/a?b', '/shop/%C3%A9', '/caf%C3%A9', '/x/~y', '/_sallyport/me', '/shopping'],
)

const query = fc.constantFrom('', '', '', '?', '?a=b', '?/../admin', '?x=%2e%2e%2f#', '?a?b', '?%00')

/** Forms of targets other than a path (RFC 9112 3.2), which nobody but a proxy may be sent. */
const notInOriginForm = fc.constantFrom(
  ...[
    '*',
    'http://localhost/admin',
    '//localhost/admin',
    'localhost:80',
    'http:/admin',
    'x',
    '',
    '?/admin',
    '/ /admin',
  ],
)

const target = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(spoiltTarget, query).map(parts => parts.join('')) },
  { weight: 3, arbitrary: fc.tuple(ordinary, fc.string({ maxLength: 3 })).map(parts => parts.join('')) },
  { weight: 1, arbitrary: ordinary },
  { weight: 1, arbitrary: notInOriginForm },
)

const trial = fc.record<Case>({
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'PROPFIND'),
  target,
  who: fc.constantFrom('nobody', 'bob', 'bob', 'ann'),
  upgrade: fc.boolean(),
})

export const targets = (everyRoute: Settings = {}): Hunt =>
  hunt('targets', trial, async t => {
    const answer: typeof echo = turn => (fieldOf(turn.request.headers, 'upgrade') ? switchesAndEchoes() : echo)(turn)
    const fort = await buildFort(t, { routes: rooms.map(({ settings }) => settings), everyRoute, answer })
    const cookies = { nobody: undefined, bob: await fort.signIn('bob'), ann: await fort.signIn('ann') }
    return async one => judge(one, await fort.strike(bytesOf(one, cookies[one.who], fort)))
  })

function bytesOf({ method, target, upgrade }: Case, cookies: string | undefined, { request }: Fort): string {
  const fields = [...(upgrade ? websocketFields : []), ...(cookies === undefined ? [] : [`Cookie: ${cookies}`])]
  return request(`${method} ${target} HTTP/1.1`, ...fields)
}

function judge(one: Case, { statuses, reached }: Impact): Outcome {
  const [status] = statuses
  if (status === undefined) return { broke: 'there was no answer' }
  if (status >= 500) return { broke: `the answer was ${status}` }
  if (reached.length > 1) return { broke: 'the upstream was asked twice' }
  const [seen] = reached
  if (!seen) return { saw: 'kept out' }
  const broke = misled(one, seen)
  return broke ? { broke } : { saw: 'let in' }
}

/** In what the request that arrived differs from the one that was judged. */
function misled({ method, target: written, who }: Case, seen: SeenRequest): string | undefined {
  // Blanks around a target are the request line's: Node's parser takes several for one.
  const target = written.replace(/^ +| +$/g, '')
  const [name = '', ...more] = fieldsOf(seen.headers, 'x-rule')
  const entered = rooms.find(room => room.name === name)
  if (!entered || more.length > 0) return `it arrived by the rules ${[name, ...more]}`
  if (!entered.admits.includes(who)) return `${who} was let into ${name}`
  if (seen.method !== method) return `${method} arrived as ${seen.method}`
  const wanted = name === 'inner' ? target.replace(/^\/[^/?]*/, '/inner') : target
  if (seen.target !== wanted) return `${JSON.stringify(wanted)} arrived as ${JSON.stringify(seen.target)}`
  return name === 'inner' ? readOutside(seen.target) : readElsewhere(target, name, method)
}

/** RFC 3986 6.2.2.2: a letter and its escape are the same to every reader. */
const pathOf = (target: string): string =>
  (target.split('?', 1)[0] as string).replace(
    /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi,
    decodeURIComponent,
  )

function readElsewhere(target: string, name: string, method: string): string | undefined {
  const asked = method === 'HEAD' ? 'GET' : method
  const other = allReadings(pathOf(target)).find(reading => ruleFor(rooms, reading, asked) !== name)
  return other && `${JSON.stringify(target)} passed as ${name}, and is read as ${JSON.stringify(other.path)}`
}

/** What was put below a prefix stays below it. */
function readOutside(target: string): string | undefined {
  const outside = allReadings(pathOf(target)).find(({ path }) => !/^\/inner(?:\/|$)/i.test(path))
  return outside && `${JSON.stringify(target)} was sent, and is read as ${JSON.stringify(outside.path)}`
}
