// P, hosts: a host selects its own routes in every spelling, in Host, in X-Forwarded-Host and in TLS, or the request goes no further.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { buildFort, type Impact, refused, type Test } from '../support/attack.ts'
import { makeAuthority } from '../support/certificates.ts'
import { Wire } from '../support/wire.ts'

const frontProxy = '127.0.0.3'
const sre = [{ groups: ['sre'] }]
const moreRoutes = [
  { name: 'b', host: 'b.localhost', allow: sre },
  { name: 'any', host: '*.localhost', public: true },
  { name: 'stricter', host: '*.admin.localhost', allow: sre },
]
const fort = await buildFort(t, { moreRoutes, settings: { server: { trustedProxies: [`${frontProxy}/32`] } } })
const { host, request, strike, gate } = fort
const { port } = gate
const bob = `Cookie: ${await fort.signIn('bob')}`

const at = (name: string, ...more: readonly string[]) =>
  `GET /x HTTP/1.1\r\nHost: ${name}\r\n${more.map(field => `${field}\r\n`).join('')}\r\n`

/** Letter by letter the other case. */
const shouted = (name: string) => name.replace(/[a-z]/g, (letter, index) => (index % 2 ? letter : letter.toUpperCase()))

function denied(t: Test, { statuses, reached }: Impact, what: string): void {
  t.same([statuses, reached], [[401], []], what)
}

t.test('the host of a stricter rule is that host in any letters (P-07, P-65)', async t => {
  // A session is of one host; there is none here.
  for (const name of ['b.localhost', 'B.LOCALHOST', 'B.LocalHost', 'b.localhost.', 'B.LOCALHOST.'])
    for (const spelling of [name, `${name}:${port}`]) denied(t, await strike(at(spelling, bob)), spelling)
})

t.test('a wildcard is not a way round a longer one, whoever names the host and in whatever letters (P-10)', async t => {
  for (const name of ['x.admin.localhost', 'x.ADMIN.localhost', 'X.Admin.LOCALHOST.', 'a.b.aDMIN.localhost']) {
    denied(t, await strike(at(name)), name)
    const forwarded = at(host, `X-Forwarded-Host: ${name}`)
    denied(t, await strike(forwarded, { localAddress: frontProxy }), `X-Forwarded-Host: ${name}`)
  }
  t.same((await strike(at('x.localhost'))).statuses, [200], 'the wider one is open')
})

t.test('a host is found in any letters among five hundred others (P-11)', async t => {
  const hosts = Array.from({ length: 500 }, (_, number) => `v${number}.apps.localhost`)
  const others = hosts.map((name, number) => ({ name: `v${number}`, host: name, public: number % 2 === 0 }))
  const many = await buildFort(t, {
    moreRoutes: others.map(route => (route.public ? route : { ...route, public: false, allow: sre })),
  })
  for (const number of [0, 1, 77, 250, 499])
    for (const name of [`v${number}.apps.localhost`, shouted(`v${number}.apps.localhost`)]) {
      const path = `/${number}`
      const { statuses } = await many.strike(at(name).replace('/x', path))
      t.same(statuses, [number % 2 === 0 ? 200 : 401], name)
      t.equal(many.gate.access(path)?.route, `v${number}`, `${name} is its own route`)
    }
})

t.test('a dot in the name of a host is a dot (P-59)', async t => {
  for (const name of ['bxlocalhost', 'b-localhost', 'evillocalhost', 'localhostx', `${host.replace(':', 'x:')}`])
    refused(t, await strike(at(name, bob)), name, [421])
  t.same((await strike(at('admin.localhost'))).statuses, [200], 'a wildcard stands for a label at least')
})

t.test('a Host that is not one host is refused', async t => {
  const malformed = [
    ...['localhost..', '.localhost', 'local..host', 'localhost:', 'localhost:0', 'localhost:99999', 'localhost:80x'],
    ...['localhost, b.localhost', 'localhost b.localhost', 'localhost;b.localhost', 'localhost/admin', 'localhost#x'],
    ...['localhost?x', 'localhost\\b.localhost', 'user@localhost', 'localhost@b.localhost', 'http://localhost', ''],
    ...['a.test";for=10.0.0.1;host="x', 'xn--i\xf1valid', '[::1', '[::1%lo]', 'local\thost', 'b%2elocalhost', '*'],
    ...['b\u3002localhost', 'b\uff0elocalhost', 'ｂ.localhost', '*.localhost', 'b.localhost\0', '\0b.localhost'],
  ]
  for (const name of malformed) {
    const onTheWire = Buffer.from(name).toString('latin1')
    refused(t, await strike(at(onTheWire, bob)), `Host: ${name}`)
    const forwarded = at(host, bob, `X-Forwarded-Host: ${onTheWire}`)
    refused(t, await strike(forwarded, { localAddress: frontProxy }), `X-Forwarded-Host: ${name}`)
  }
  for (const name of ['localhost:1', '127.0.0.1', '[::1]', 'b.localhost.evil.test', `evil.test:${port}`])
    refused(t, await strike(at(name, bob)), `Host: ${name}`, [421])
  refused(t, await strike(`GET /x HTTP/1.1\r\nHost: ${host}\r\n b.localhost\r\n\r\n`), 'a folded Host')
  refused(t, await strike(request('GET /x HTTP/1.1', `Host: ${host}`)), 'two of them')
  const beside = await strike(request('GET /public/x HTTP/1.1', 'X_Host: b.localhost', 'Host_: b.localhost'))
  t.notMatch(beside.reached[0]?.head, /b\.localhost/)
})

t.test('a server name in TLS and a Host of other rules do not go together (P-25, P-26, P-61)', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const { cert, key } = makeAuthority(directory).issue('DNS:localhost,DNS:*.localhost')
  const files = { cert: join(directory, 'own.crt'), key: join(directory, 'own.key') }
  writeFileSync(files.cert, cert)
  writeFileSync(files.key, key)
  const server = { publicUrl: 'https://localhost', tls: files }
  const secure = await buildFort(t, { moreRoutes, settings: { server } })
  const over = async (servername: string, name: string): Promise<string> => {
    const socket = connect({ port: secure.gate.port, host: '127.0.0.1', rejectUnauthorized: false, servername })
    const wire = new Wire(socket)
    socket.write(at(name, 'Connection: close'))
    return (await wire.rest()).split(' ', 2)[1] ?? 'nothing'
  }
  t.equal(await over('x.localhost', 'x.localhost'), '200')
  t.equal(await over('localhost', 'b.localhost'), '421', 'a guarded host behind the name of another')
  t.equal(await over('x.localhost', 'b.localhost'), '421', 'behind the name of an open one')
  t.equal(await over('b.localhost', 'x.localhost'), '421', 'and the other way round')
  t.equal(await over('B.LOCALHOST', 'b.localhost'), '401', 'a name in other letters is the same name')
  t.equal(await over('b.localhost', 'B.LOCALHOST.'), '401')
  t.equal(await over('X.localhost', 'B.LOCALHOST'), '421')
  t.equal(await over('gateway.internal', 'b.localhost'), '401', 'a name that is not served says nothing')
  t.equal(await over('', 'b.localhost'), '401', 'and neither does none')
  t.equal(secure.upstream.requests.length, 1)
})

t.test('an upstream whose name another reader would cut is refused at the start (P-61)', async t => {
  for (const upstream of ['http://127.0.0.1\0.x', 'http://127.0.0.1\u3002x', 'http://app%00.x', 'http://app.test#.x']) {
    const file = join(t.testdir({}), 'sallyport.yaml')
    const route = { name: 'app', upstream, public: true }
    const provider = { name: 'corp', issuer: 'https://idp.test', clientId: 'x' }
    const settings = { server: { publicUrl: 'https://app.test' }, providers: [provider], routes: [route] }
    writeFileSync(file, JSON.stringify(settings))
    const loaded = await loadConfig(file)
    const places = loaded.ok ? [] : loaded.problems.map(({ path }) => path)
    t.same(places, ['routes[0].upstream'], JSON.stringify(upstream))
  }
})
