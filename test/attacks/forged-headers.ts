// One identity: whatever a client writes, in whatever spelling and place, the upstream reads what we wrote, once, and nothing else about who is there.
import fc from 'fast-check'
import t from 'tap'
import { buildFort, type Impact, refused, websocketFields } from '../support/attack.ts'
import { freePort } from '../support/gate.ts'
import { echo, type SeenRequest, switchesAndEchoes } from '../support/upstream.ts'
import { fieldsOf } from '../support/wire.ts'
import { claimed, routing } from './fixtures/claimed-headers.ts'

const fort = await buildFort(t, {
  answer: turn => (turn.request.headers.some(([name]) => name.toLowerCase() === 'upgrade') ? switch_ : echo)(turn),
  settings: {
    identity: { assertion: { header: 'X-Sallyport-Assertion' } },
  },
  everyRoute: { headers: { set: { 'X-Team': '{identity.groups}', 'x-ODD-case': '{identity.user}' } } },
  moreRoutes: [
    { name: 'down', path: '/down', upstream: `http://127.0.0.1:${await freePort()}`, allow: [{ authenticated: true }] },
  ],
})
const switch_ = switchesAndEchoes()
const { host, request, strike, gate } = fort
const ann = `Cookie: ${await fort.signIn('ann')}`

/** What a forger writes as a value; it must never be read behind us. */
const mark = 'r00t'

const spelled = (name: string) =>
  fc
    .tuple(
      fc.array(fc.constantFrom('-', '_', '.', '--'), { minLength: 6, maxLength: 6 }),
      fc.constantFrom(
        String,
        (text: string) => text.toLowerCase(),
        (text: string) => text.toUpperCase(),
      ),
      fc.constantFrom('', '', '', '-', '_', '.'),
      fc.constantFrom('', '', '', '-', '_', 'HTTP_'),
    )
    .map(([separators, letters, behind, before]) => {
      let at = 0
      return before + letters(name.replaceAll('-', () => separators[at++ % separators.length] ?? '-')) + behind
    })

const forgedName = fc.oneof(
  fc.constantFrom(...claimed, ...routing),
  fc.constantFrom(...claimed, ...routing).chain(spelled),
)

const forgedValue = fc.constantFrom(
  ...[
    mark,
    `${mark}, admin`,
    `admin,${mark}`,
    '',
    ' ',
    `"${mark}"`,
    `\t${mark} \t`,
    `${mark}*=UTF-8''x`,
    `{"user":"${mark}"}`,
    `\xff${mark}`,
  ],
)

const forgery = fc.tuple(forgedName, forgedValue).map(([name, value]) => `${name}: ${value}`)

const connection = fc
  .array(
    fc.oneof(forgedName, fc.constantFrom('close', 'keep-alive', 'host', 'content-length', 'cookie', 'x-forwarded-for')),
  )
  .map(names => `Connection: ${names.join(' ,\t')}`)

const fields = fc.array(fc.oneof({ weight: 5, arbitrary: forgery }, connection), { minLength: 1, maxLength: 12 })

type Situation = {
  readonly line: string
  readonly with: readonly string[]
  readonly who: 'ann' | undefined
  readonly status: number
}

const situations: Readonly<Record<string, Situation>> = {
  'a protected route': { line: 'GET /x HTTP/1.1', with: [ann], who: 'ann', status: 200 },
  'a public route': { line: 'GET /public/x HTTP/1.1', with: [], who: undefined, status: 200 },
  'a public route, signed in': { line: 'GET /public/x HTTP/1.1', with: [ann], who: 'ann', status: 200 },
  'a protected route, anonymous': { line: 'GET /x HTTP/1.1', with: [], who: undefined, status: 401 },
  'a preflight': {
    line: 'OPTIONS /public/x HTTP/1.1',
    with: ['Origin: http://evil.test'],
    who: undefined,
    status: 200,
  },
  HEAD: { line: 'HEAD /admin/x HTTP/1.1', with: [ann], who: 'ann', status: 200 },
  'HTTP/1.0': { line: 'GET /x HTTP/1.0', with: [ann], who: 'ann', status: 200 },
  'a websocket': { line: 'GET /x HTTP/1.1', with: [ann, ...websocketFields], who: 'ann', status: 101 },
  'a public websocket': { line: 'GET /public/x HTTP/1.1', with: websocketFields, who: undefined, status: 101 },
  'an upstream that is down': { line: 'GET /down/x HTTP/1.1', with: [ann], who: 'ann', status: 502 },
}

/** One spelling for what backends fold together. */
const folded = (name: string) =>
  name
    .toLowerCase()
    .replace(/[-_. ]+/g, '-')
    .replace(/^-|-$/g, '')

const ours = (who: 'ann' | undefined): Readonly<Record<string, string | RegExp>> => ({
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

/** What the upstream reads about who is there and where from, beyond what we wrote; undefined when there is nothing. */
function forgeryIn({ headers, head, trailers }: SeenRequest, who: 'ann' | undefined): string | undefined {
  if (head.includes(mark) || trailers.length > 0) return `the mark, or a trailer: ${head}`
  for (const [name, wanted] of Object.entries(ours(who))) {
    const found = headers.filter(([seen]) => folded(seen) === name).map(([, value]) => value)
    const right = found.length === 1 && (typeof wanted === 'string' ? found[0] === wanted : wanted.test(found[0] ?? ''))
    if (!right) return `${name}: ${JSON.stringify(found)}`
  }
  const allowed = Object.keys(ours(who))
  return headers.map(([name]) => folded(name)).find(name => known.has(name) && !allowed.includes(name))
}

/** Where the forgery got to in this situation; undefined when nowhere. */
function breach({ statuses, reached }: Impact, { who, status }: Situation): string | undefined {
  const reaches = status < 400
  if (statuses[0] !== status || reached.length !== Number(reaches)) return `${statuses}, ${reached.length} requests`
  const [seen] = reached
  return seen && forgeryIn(seen, who)
}

for (const [what, situation] of Object.entries(situations))
  t.test(`c.1 c.2 c.3 c.5 c.6 ${what}: the upstream reads one identity, ours`, async t => {
    const property = fc.asyncProperty(fields, async forged => {
      const found = breach(await strike(request(situation.line, ...situation.with, ...forged)), situation)
      if (found !== undefined) throw new Error(found)
    })
    await t.resolves(fc.assert(property, { numRuns: 60 }))
  })

t.test('c.1 each managed name, with each separator in each place, is ours alone', async t => {
  const spellings = [...claimed, ...routing].flatMap(name => [
    ...[name, name.toLowerCase(), name.toUpperCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')],
    ...[
      name.replace('-', '_'),
      name.replace(/-([^-]*)$/, '_$1'),
      name.replace(/-([^-]*)$/, '.$1'),
      `${name}_`,
      `_${name}`,
      `-${name}`,
      `${name}-`,
    ],
    `HTTP_${name.replaceAll('-', '_').toUpperCase()}`,
  ])
  for (let at = 0; at < spellings.length; at += 100) {
    const forged = spellings.slice(at, at + 100).map(name => `${name}: ${mark}`)
    for (const situation of [situations['a protected route'], situations['a public route']] as readonly Situation[])
      t.equal(breach(await strike(request(situation.line, ...situation.with, ...forged)), situation), undefined)
  }
})

t.test('c.1 a name that is no token is refused', async t => {
  const names = [
    'X-Forwarded-User ',
    'X Forwarded-User',
    'X-Forwarded-User\0',
    'X-Forwarded-User\x7f',
    'X-Forwarded-User\x85',
  ]
  const lookAlikes = [
    'X-Forwarded-User\xa0',
    'X\xe2\x80\x90Forwarded-User',
    'X\xef\xbc\x8dForwarded-User',
    '\xef\xbc\xb8-User',
  ]
  for (const name of [...names, ...lookAlikes])
    refused(t, await strike(request('GET /public/x HTTP/1.1', `${name}: ${mark}`)), JSON.stringify(name))
})

t.test('c.1 names that mean something to JavaScript mean nothing here', async t => {
  const names = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']
  const { statuses } = await strike(request('GET /public/x HTTP/1.1', ...names.map(name => `${name}: x`)))
  t.same(statuses, [200])
})

t.test('c.2 a value that is not quite one line is refused', async t => {
  for (const value of ['a\0b', 'a\rb', 'a\nb', 'a\r\n b', 'a\r\n\tb', '\r\n b'])
    refused(t, await strike(request('GET /public/x HTTP/1.1', `X-Forwarded-User: ${value}`)), JSON.stringify(value))
})

t.test('c.2 c.8 a forged header behind hundreds of others, or of many kilobytes, does not arrive', async t => {
  const filler = Array.from({ length: 480 }, (_, at) => `a${at}: b`)
  const { statuses, reached } = await strike(request('GET /public/x HTTP/1.1', ...filler, `X-Forwarded-User: ${mark}`))
  t.same(statuses, [200])
  t.notMatch(reached[0]?.head, mark)
  const long = await strike(request('GET /public/x HTTP/1.1', `X-Forwarded-User: ${mark.repeat(3000)}`))
  t.same(long.statuses, [200])
  t.notMatch(long.reached[0]?.head, mark)
  for (const kilobytes of [17, 64])
    refused(
      t,
      await strike(request('GET /public/x HTTP/1.1', `X: ${'x'.repeat(kilobytes * 1024)}`)),
      `${kilobytes} KiB`,
      [431],
    )
})

t.test('c.3 H-13 H-14 H-18 no Connection line takes away what we wrote', async t => {
  const lists = [
    ...[
      'close, X-Forwarded-User',
      'x-forwarded-user',
      'X-Forwarded-User\r\nConnection: keep-alive',
      '\r\nConnection: X-Forwarded-User',
    ],
    ...[
      'keep-alive ,\tX-FORWARDED-FOR,,',
      '"X-Forwarded-User"',
      'X_Forwarded_User',
      'host',
      'content-length',
      'transfer-encoding',
    ],
    ...[
      'x-forwarded-for, x-forwarded-host, x-forwarded-proto, x-real-ip, forwarded',
      'X-Sallyport-Assertion, X-Team, X-Request-Id',
    ],
    Array.from({ length: 1000 }, () => 'close').join(),
  ]
  const situation = situations['a protected route'] as Situation
  for (const list of lists)
    t.equal(
      breach(await strike(request(situation.line, ann, `Connection: ${list}`)), situation),
      undefined,
      list.slice(0, 80),
    )
  for (const name of ['Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer']) {
    const impact = await strike(request(situation.line, ann, `${name}: X-Forwarded-User`))
    t.equal(breach(impact, situation), undefined, name)
    t.same(fieldsOf(impact.reached[0]?.headers ?? [], name), [], `${name} ends here`)
  }
})

t.test('c.3 a Connection line cannot take the session from a decision, only cookies from the upstream', async t => {
  const { statuses, reached } = await strike(
    request('GET /x HTTP/1.1', `${ann}; app=1`, 'Connection: cookie, authorization'),
  )
  t.same(statuses, [200])
  t.same(fieldsOf(reached[0]?.headers ?? [], 'x-forwarded-user'), ['ann'])
})

t.test('c.4 H-27 no trailer arrives, neither as a trailer nor as a header', async t => {
  const chunked = (...more: readonly string[]) =>
    request('POST /x HTTP/1.1', ann, 'Transfer-Encoding: chunked', ...more)
  const situation = situations['a protected route'] as Situation
  const names = [
    'X-Auth-Request-User',
    'X_Auth_Request_User',
    'X-Forwarded-User',
    'Host',
    'Cookie',
    'Authorization',
    '__proto__',
    'X-Other',
  ]
  for (const name of names)
    for (const more of [[], [`Trailer: ${name}`, 'TE: trailers']])
      t.equal(
        breach(await strike(`${chunked(...more)}2\r\nhi\r\n0\r\n${name}: ${mark}\r\n\r\n`), situation),
        undefined,
        `${name} ${more.length > 0 ? 'announced' : 'unannounced'}`,
      )
})

t.test('H-21 two Authorization lines are refused', async t => {
  refused(t, await strike(request('GET /public/x HTTP/1.1', 'Authorization: Basic a', 'Authorization: Basic b')), 'two')
})
