import t from 'tap'
import { addressSet } from '../../src/core/address.ts'
import { routeTable } from '../../src/core/route-table.ts'
import { frontDoor } from '../../src/http/visit.ts'
import { head, received, routeTo, serverSettings, visitOf } from '../support/visits.ts'

t.test('a visit is named once: the same message is the same visit', async t => {
  const settings = serverSettings()
  const door = frontDoor(settings, routeTable([routeTo()], settings.prefix))
  const raw = await received(t, head('GET /'))
  const visit = door.receive(raw)
  t.equal(door.receive(raw), visit)
  t.match(visit.id, /^[\w-]{16}$/)
  t.not(door.receive(await received(t, head('GET /'))).id, visit.id)
})

t.test('a route, our own endpoints, or out again', async t => {
  const routes = [
    routeTo({ name: 'app', path: '/app' }),
    routeTo({ name: 'read', path: '/read', methods: ['GET', 'POST'] }),
  ]
  for (const [line, room] of [
    ['GET /app/x?y', { kind: 'route', route: { name: 'app' } }],
    ['GET /_sallyport/login?a=b', { kind: 'own', path: '/login' }],
    ['GET /_sallyport', { kind: 'own', path: '' }],
    ['GET /%5Fsallyport/login', { kind: 'own', path: '/login' }],
    ['GET /', { kind: 'refused', code: 'not-found' }],
    ['PUT /read', { kind: 'refused', code: 'method-not-allowed', allow: ['GET', 'POST'] }],
    ['TRACE /app', { kind: 'refused', code: 'method-not-allowed' }],
    ['GET /app/../x', { kind: 'refused', code: 'target-ambiguous' }],
    ['GET /app//x', { kind: 'refused', code: 'target-ambiguous', problem: { optIn: 'emptySegment' } }],
    ['GET /app/%zz', { kind: 'refused', code: 'target-malformed' }],
    ['GET http://app.test/app', { kind: 'refused', code: 'target-malformed' }],
    ['OPTIONS *', { kind: 'refused', code: 'target-malformed' }],
  ] as const)
    t.match((await visitOf(t, head(line), { routes })).room, room, line)
})

t.test('scheme and port of the address come from publicUrl, the host from the visitor', async t => {
  const server = { publicUrl: { scheme: 'https', host: 'app.test', port: 8443 } } as const
  const bytes = 'GET /x HTTP/1.1\r\nHost: APP.test.:8443\r\nX-Forwarded-Proto: http\r\n\r\n'
  const { room } = await visitOf(t, bytes, { server })
  t.match(room, {
    address: { scheme: 'https', host: 'app.test', authority: 'app.test:8443', origin: 'https://app.test:8443' },
  })
  t.match((await visitOf(t, head('GET /'))).room, { address: { authority: 'app.test', origin: 'https://app.test' } })
})

t.test('hosts that are not ours, or not hosts, go no further than the door', async t => {
  for (const [host, code, found] of [
    ['other.test', 'host-unknown', 'the host "other.test"'],
    ['app.test:8080', 'host-unknown', 'port 8080, while publicUrl has 443'],
    ['a b', 'host-malformed', ''],
    ['', 'host-malformed', ''],
    ['app.test, app.test', 'host-malformed', ''],
  ] as const)
    t.match((await visitOf(t, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).room, {
      code,
      found: new RegExp(`^${found}`),
    })
})

t.test('a trusted proxy names host and client; one that cannot be read is refused', async t => {
  const server = { trustedProxies: addressSet([{ address: '127.0.0.1', prefix: 32 }]) }
  const lines = ['X-Forwarded-Host: app.test', 'X-Forwarded-For: 203.0.113.7']
  const visit = await visitOf(t, ['GET / HTTP/1.1', 'Host: inside:1', ...lines, '', ''].join('\r\n'), { server })
  t.match(visit, { room: { kind: 'route' }, client: { address: '203.0.113.7' } })
  const unreadable = await visitOf(t, head('GET /', 'X-Forwarded-For: ?'), { server })
  t.match(unreadable, { room: { code: 'request-malformed' }, client: { address: '0.0.0.0' } })
})

t.test('a body that announces itself as too large is refused at the door', async t => {
  const server = { limits: { ...serverSettings().limits, bodyBytes: 10 } }
  t.match((await visitOf(t, head('POST /', 'Content-Length: 11'), { server })).room, { code: 'body-too-large' })
  t.match((await visitOf(t, head('POST /', 'Content-Length: 10'), { server })).room, { kind: 'route' })
  t.match((await visitOf(t, head('POST /', 'Transfer-Encoding: chunked'), { server })).room, { kind: 'route' })
})

t.test('all Cookie lines are one (RFC 9113 8.2.3), and a body is known by its framing', async t => {
  t.equal((await visitOf(t, head('GET /', 'Cookie: a=1', 'Cookie: b=2'))).cookies, 'a=1; b=2')
  t.match(await visitOf(t, head('POST /', 'Content-Length: 3')), { body: 3, method: 'POST', asks: 'data' })
})
