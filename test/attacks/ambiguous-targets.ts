// One path: a target that any backend could read as one of another route never arrives, and what arrives is what was sent, byte for byte.
import t from 'tap'
import { allReadings } from '../core/fixtures/backends.ts'
import { anotherRuleMeant, neverServed } from '../core/fixtures/hostile-targets.ts'
import { buildFort, passed, refused, type Test, websocketFields } from '../support/attack.ts'
import { switchesAndEchoes } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

const switches = switchesAndEchoes()

const fort = await buildFort(t, {
  answer: turn => {
    if (fieldOf(turn.request.headers, 'upgrade') !== undefined) return switches(turn)
    return void turn.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  },
  moreRoutes: [{ name: 'b', host: 'b.localhost', path: '/', allow: [{ groups: ['sre'] }] }],
})
const { host, request, strike, gate } = fort
const bob = `Cookie: ${await fort.signIn('bob')}`

/** The ways in: as a request, as a websocket, as a preflight; as nobody, and as somebody who may not enter `/admin`. */
const doors: Readonly<Record<string, (target: string) => string>> = {
  'a request of nobody': target => request(`GET ${target} HTTP/1.1`),
  'a request of bob': target => request(`GET ${target} HTTP/1.1`, bob),
  'a websocket of nobody': target => request(`GET ${target} HTTP/1.1`, ...websocketFields),
  'a websocket of bob': target => request(`GET ${target} HTTP/1.1`, bob, ...websocketFields),
  'a preflight of nobody': target =>
    request(`OPTIONS ${target} HTTP/1.1`, 'Origin: http://evil.test', 'Access-Control-Request-Method: DELETE'),
  'a preflight of bob': target => request(`OPTIONS ${target} HTTP/1.1`, bob),
}

/** Which of the three routes a backend would take a path for, letter case aside. */
function roomOf(path: string): 'public' | 'admin' | 'own' | 'all' {
  const folded = path.toLowerCase()
  const under = (base: string) => folded === base || folded.startsWith(`${base}/`)
  return under('/public') ? 'public' : under('/admin') ? 'admin' : under('/_sallyport') ? 'own' : 'all'
}

/** The rooms that a forwarded target could be taken for by any backend. */
function roomsOf(target: string): readonly string[] {
  const path = target.split('?', 1)[0] ?? ''
  return [...new Set(allReadings(path).map(reading => roomOf(reading.path)))]
}

type Findings = { readonly reached: string[]; readonly wrong: string[]; readonly odd: string[] }

/** Throws a target at a door; whoever is behind it may only ever reach the rooms that are open to them, and only one. */
async function judge(door: string, target: string, findings: Findings): Promise<void> {
  const bytes = (doors[door] as (target: string) => string)(target)
  const { statuses, closed, reached } = await strike(bytes)
  const open = door.endsWith('bob') ? ['public', 'all'] : ['public']
  for (const seen of reached) {
    const rooms = roomsOf(seen.target)
    findings.reached.push(target)
    if (seen.target !== target) findings.wrong.push(`${target} arrived as ${seen.target}`)
    if (rooms.length !== 1 || !open.includes(rooms[0] ?? '')) findings.wrong.push(`${target} could be ${rooms}`)
  }
  const [status = 0] = statuses
  if (reached.length === 0 && ![302, 400, 401, 403, 404, 405].includes(status))
    findings.odd.push(`${target}: ${statuses}`)
  if (status === 400 && !closed) findings.odd.push(`${target}: 400 and still open`)
}

async function judgeAll(t: Test, targets: readonly string[], mayReach: boolean): Promise<void> {
  for (const door of Object.keys(doors)) {
    const findings: Findings = { reached: [], wrong: [], odd: [] }
    for (const target of targets) await judge(door, target, findings)
    t.same(findings.wrong, [], `${door}: nothing reaches another room`)
    t.same(findings.odd, [], `${door}: every refusal is a plain one`)
    if (!mayReach) t.same(findings.reached, [], `${door}: the upstream is untouched`)
  }
}

/** As it goes over the wire: UTF-8, and nothing that would end the request line. */
const sendable = (target: string): boolean => target !== '' && !/[\r\n]/.test(target)
const onTheWire = (target: string): string => Buffer.from(target).toString('latin1')

for (const [kind, targets] of Object.entries(neverServed))
  t.test(`b.1 b.2 ${kind}: never served to anybody`, t => judgeAll(t, targets.filter(sendable).map(onTheWire), false))

t.test('b.1 b.2 what another reader could take for /admin reaches nobody who may not enter there', t =>
  judgeAll(t, anotherRuleMeant.filter(sendable).map(onTheWire), true),
)

t.test('b.2 the path decides, whatever the query says', async t => {
  await judgeAll(
    t,
    [
      '/admin?/public/',
      '/admin?x=/public/',
      '/admin?x=/public/status',
      '/admin/x?path=/public/y',
      '/admin??',
      '/admin/x?..%2fpublic',
    ],
    false,
  )
  const queries = [
    ...[
      '?role=user&role=admin',
      '?rol%65=admin',
      '?a;role=admin',
      '?role[]=x',
      '?__proto__[x]=1',
      '??x',
      '?x=%',
      '?x=%00',
    ],
    ...[
      '?x=\\',
      '?x=|',
      '?_method=DELETE',
      '?x=//evil.test/..',
      `?${Array.from({ length: 3000 }, (_, at) => `a${at}`)
        .join('&')
        .slice(0, 12_000)}`,
    ],
  ]
  for (const query of queries) passed(t, await strike(request(`GET /public/x${query} HTTP/1.1`)), `/public/x${query}`)
})

t.test('b.2 what is odd and yet the same to every reader arrives as it was sent', async t => {
  const targets = [
    '/public/~ann',
    '/public/a%20b',
    "/public/a!$&'()*+,=:@b",
    '/public/%7eann',
    '/public/x/',
    '/public/caf%C3%A9',
  ]
  for (const target of targets) passed(t, await strike(request(`GET ${target} HTTP/1.1`)), target)
})

t.test('P-14 a prefix ends at the end of a segment', async t => {
  for (const target of ['/public-admin', '/publicx', '/publi', '/public.'])
    t.notOk((await strike(request(`GET ${target} HTTP/1.1`))).reached.length, target)
})

t.test('b.2 the method changes no decision', async t => {
  for (const method of [
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'PATCH',
    'OPTIONS',
    'QUERY',
    'PROPFIND',
    'SEARCH',
    'PURGE',
    'MKCOL',
    'LINK',
  ]) {
    const { statuses, reached } = await strike(request(`${method} /admin/x HTTP/1.1`))
    t.same([statuses, reached], [[401], []], `${method} of nobody`)
    const asBob = await strike(request(`${method} /admin/x HTTP/1.1`, bob))
    t.same([asBob.statuses, asBob.reached], [[403], []], `${method} of bob`)
  }
  for (const method of ['get', 'Get', 'FOO', 'TRACK', 'DEBUG', 'PRI'])
    t.notOk((await strike(request(`${method} /public/x HTTP/1.1`))).reached.length, method)
  for (const field of ['X-HTTP-Method-Override: GET', 'X-HTTP-Method: GET', 'X-Method-Override: GET']) {
    const { reached } = await strike(request('POST /public/x HTTP/1.1', field))
    t.equal(reached[0]?.method, 'POST', field)
    t.notMatch(reached[0]?.head, /override|x-http-method/i)
  }
})

t.test('b.3 P-07 a Host selects its own route in every spelling, or is refused', async t => {
  const at = (name: string, ...more: readonly string[]) =>
    `GET /x HTTP/1.1\r\nHost: ${name}\r\n${more.map(field => `${field}\r\n`).join('')}\r\n`
  const { port } = gate
  for (const name of [`b.localhost:${port}`, `B.LOCALHOST:${port}`, `b.localhost.:${port}`, `B.LocalHost:${port}`]) {
    const { statuses, reached } = await strike(at(name, bob))
    // A session is of one host; there is none here.
    t.same([statuses, reached], [[401], []], name)
  }
  const malformed = [
    ...[
      'localhost..',
      '.localhost',
      'local..host',
      'localhost:',
      'localhost:0',
      'localhost:99999',
      'localhost:80x',
      'localhost, b.localhost',
    ],
    ...[
      'localhost b.localhost',
      'localhost;b.localhost',
      'localhost/admin',
      'localhost#x',
      'localhost?x',
      'localhost\\b.localhost',
    ],
    ...[
      'user@localhost',
      'localhost@b.localhost',
      'http://localhost',
      '',
      'a.test";for=10.0.0.1;host="x',
      'xn--i\xf1valid',
      '[::1',
      '[::1%lo]',
    ],
  ]
  for (const name of malformed) refused(t, await strike(at(name, bob)), `Host: ${name}`)
  for (const name of [
    'localhost:1',
    'evillocalhost',
    'b-localhost',
    'c.localhost',
    'bXlocalhost',
    `evil.b.localhost:${port}`,
    '127.0.0.1',
  ])
    refused(t, await strike(at(name, bob)), `Host: ${name}`, [421])
  refused(t, await strike(`GET /x HTTP/1.1\r\nHost: ${host}\r\n b.localhost\r\n\r\n`), 'a folded Host')
  const beside = await strike(request('GET /public/x HTTP/1.1', 'X_Host: b.localhost', 'Host_: b.localhost'))
  t.notMatch(beside.reached[0]?.head, /b\.localhost/)
})

t.test('d-25 an absolute-form whose authority is another than Host is refused', async t => {
  for (const authority of ['evil.test', 'b.localhost', host, `user:pw@${host}`])
    refused(t, await strike(request(`GET http://${authority}/public/x HTTP/1.1`)), authority)
})
