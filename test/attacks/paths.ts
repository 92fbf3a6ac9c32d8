// P, paths: a target that any backend could read as one of another route never arrives, and what arrives is what was sent, byte for byte.
import t from 'tap'
import { buildFort, passed } from '../support/attack.ts'
import { openDoors } from '../support/doors.ts'
import { switchesAndEchoes } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'
import hostile from './fixtures/targets.json' with { type: 'json' }

const switches = switchesAndEchoes()

const fort = await buildFort(t, {
  answer: turn => {
    if (fieldOf(turn.request.headers, 'upgrade') !== undefined) return switches(turn)
    return void turn.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  },
})
const { host, request, strike } = fort
const { judge, denies, rejects } = await openDoors(fort)

/** Out of the guarded room, as others would get in. Blanks around a target are the request line's, and `/public` may be asked for. */
const swapped = (targets: readonly string[]) =>
  targets
    .filter(target => target.trim() === target)
    .map(target => target.replace(/public|admin/g, name => (name === 'public' ? 'admin' : 'public')))

for (const [kind, targets] of Object.entries(hostile.neverServed))
  t.test(`${kind}: never served to anybody`, t => denies(t, [...targets, ...swapped(targets)]))

t.test('what another reader could take for another room reaches nobody who may not enter there', t =>
  judge(t, [...hostile.anotherRuleMeant, ...swapped(hostile.anotherRuleMeant)]),
)

t.test('the query decides nothing, whatever it looks like (P-01, P-58)', t =>
  denies(t, [
    ...['/admin/x?z=/public/y', '/admin/x?/public/', '/admin/x?path=/status', '/admin?x=/public/', '/admin/public/x'],
    ...['/admin?/public/', '/admin?x=/public/status', '/admin??', '/admin/x?..%2fpublic', '/admin?/../public/x'],
  ]),
)

t.test('a "#" is refused wherever it stands, and its escape where it could end the path (P-02, P-19, P-30)', t =>
  rejects(t, [
    ...['/admin/s%23/../public/x', '/admin/s%23/public/x', '/public/s%23/x', '/admin%23x', '/public%23/admin'],
    ...['/admin#/public/x', '/public#/../admin', '/#/../admin', '/admin#x', '/x#/admin', '/public/x?y#z', '/#'],
  ]),
)

t.test('".." is refused in every spelling of dots and slashes (P-03, P-05, P-17, P-27)', t =>
  rejects(t, [
    ...['/public/..%2fadmin', '/public/%2e%2e/admin', '/public/../admin', '/public/%2E%2e/admin'],
    ...['/public/../user/x', '/user/%2e%2e/admin', '/user/%2e%2e%2fadmin', '/service/%2e%2e/admin'],
    ...['/public/.%2E/admin', '/public/%2e./admin', '/public/..%5Cadmin', '/public/..', '/public/%2e%2E'],
  ]),
)

t.test('an escaped slash is refused in either letter case of its escape (P-06)', t =>
  rejects(t, ['/admin%2fx', '/admin%2Fx', '/admin%2fsecret', '/public%2fx', '/public%2Fx']),
)

t.test('a backslash is a separator to some, so it is refused raw and escaped (P-13)', t =>
  rejects(t, [
    ...['/public%5c..%5cadmin', '/admin\\x', '/private%5csecret.txt', '/private\\secret', '/public\\..\\admin'],
    ...['/public%5Cx', '/%5cadmin', '/\\admin', '/public/x%5c..%5c..%5cadmin'],
  ]),
)

t.test('an escape that changes how a path is cut is refused (P-18)', t =>
  rejects(
    t,
    ['%2f', '%5c', '%00', '%3b', '%25', '%3f', '%23'].flatMap(hidden => [
      `/public/a${hidden}admin`,
      `/public/a${hidden.toUpperCase()}admin`,
    ]),
  ),
)

t.test('two slashes are neither one slash nor the start of a host (P-29, P-34)', t =>
  rejects(t, [
    ...['//admin', '/%2fadmin', '//admin/secret', '///admin', '//public/../admin', '//evil.test/public/x'],
    ...['/public//admin', '/public//x', '//', '/public//'],
  ]),
)

t.test('parameters behind a ";" lead to no other room (P-31, P-42, P-43)', async t => {
  await rejects(t, ['/admin;x', '/admin;x=1/y', '/public;/x', '/admin;foo=bar', '//admin;foo=bar/', '//secret'])
  await denies(t, ['/admin/', '/admin'])
})

t.test('a target begins with a slash, and a dot segment is no segment (P-35, P-37)', t =>
  rejects(t, ['admin', './admin', 'pkg.Service/Method', '%2fadmin', '/./admin', '//admin', '/admin/.', '/%2e/admin']),
)

t.test('what a path ends with opens nothing (P-39)', t =>
  denies(t, [
    ...['/admin#.css', '/admin;.css', '/admin%00.css', '/admin/x.css', '/admin.css%2f..%2f', '/admin%0a.css'],
    ...['/admin%3f.css', '/admin%23.css', '/admin/x.css?x.css', '/admin/index.html%23.png'],
  ]),
)

t.test('white space at the end of a name is not trimmed into another name (P-41)', async t => {
  await rejects(t, ['/public/..;x/admin', '/admin/%20', '/admin%20', '/admin%09', '/admin%0b', '/admin/%c2%a0/x'])
  await denies(t, ['/admin%20/', '/%20admin', '/admin%c2%a0', '/admin%e3%80%80', '/admin.', '/admin%20.'])
})

t.test('an absolute address is no target, whatever its host (P-46)', t =>
  rejects(t, [
    ...[`http://${host}/admin`, 'http://evil.test/admin', `HTTP://${host}/public/x`, `https://${host}/admin`],
    ...[`http://${host}@evil.test/public/x`, 'http:/public/x', 'http:public/x', `ws://${host}/public/x`],
    ...['http://169.254.169.254/', 'file:///public/x', `http://b.localhost/public/x`],
  ]),
)

t.test('an escape that is none is refused before anything else (P-47, P-53)', t =>
  rejects(t, [
    ...['/admin/%', '/admin/%z1', '/%C3%28', '/%zz', '/public/%zz', '/admin/%zz', '/public/%', '/public/%2'],
    ...['/public/%ff', '/public/%c0%ae', '/public/%ed%a0%80', '/public/%u0061', '/_sallyport/%zz', '/_sallyport/%'],
  ]),
)

t.test('nothing of ours is found by an escaped slash (P-55)', t =>
  rejects(t, [
    ...['/_sallyport/static%2f..%2fx', '/_sallyport%2flogin', '/deep%2fpath/file', '/_sallyport/..%2fadmin'],
    ...['/_sallyport/login%2f', '/_sallyport//login', '/_sallyport/login;x', '/_sallyport/./login'],
  ]),
)

t.test('a query passes byte by byte, and changes no policy (P-38)', async t => {
  const long = Array.from({ length: 3000 }, (_, at) => `a${at}`)
    .join('&')
    .slice(0, 12_000)
  const queries = [
    ...['role=user&role=admin', 'rol%65=admin', 'a;role=admin', 'role[]=x', '__proto__[x]=1', '?x', 'x=%', 'x=%00'],
    ...['x=\\', 'x=|', '_method=DELETE', 'x=//evil.test/..', long],
  ]
  for (const query of queries) {
    passed(t, await strike(request(`GET /public/x?${query} HTTP/1.1`)), `/public/x?${query}`)
    const { statuses, reached } = await strike(request(`GET /admin/x?${query} HTTP/1.1`))
    t.same([statuses, reached], [[401], []], query.slice(0, 40))
  }
})

t.test('what is odd and yet the same to every reader arrives as it was sent', async t => {
  const targets = [
    ...['/public/~ann', '/public/a%20b', "/public/a!$&'()*+,=:@b", '/public/%7eann', '/public/x/', '/public/caf%C3%A9'],
    ...['/public/2026/01/02', '/public/v1.0/x', '/public/+1', '/public/100%25'],
  ]
  for (const target of targets) passed(t, await strike(request(`GET ${target} HTTP/1.1`)), target)
})
