import t from 'tap'
import { managedHeaders } from '../../src/core/identity-headers.ts'
import { readTarget } from '../../src/core/target.ts'
import { type Departure, upstreamRequest } from '../../src/proxy/upstream-request.ts'
import { testRoute } from '../support/front.ts'

const upstream = { scheme: 'http' as const, address: { host: 'app', port: 8080 }, authority: 'app:8080', tls: {} }

function ask(rawHeaders: string[], parts: Partial<Departure> = {}) {
  const reading = readTarget('/x?y')
  if (!reading.ok) throw new Error('a target that cannot be read')
  const result = upstreamRequest({
    route: testRoute({ upstream }),
    target: reading.target,
    method: 'GET',
    rawHeaders,
    managed: managedHeaders(['X-Forwarded-User', 'X-Team']),
    withoutOwnCookies: cookies => (cookies === 'own=1' ? undefined : cookies.replace('own=1; ', '')),
    identity: [
      ['X-Forwarded-User', 'ann'],
      ['X-Team', 'sre'],
    ],
    forwardedFor: '203.0.113.9, 192.0.2.1',
    scheme: 'https',
    host: 'app.test:8443',
    requestId: 'r1',
    bodyLength: 'none',
    ...parts,
  })
  if (!result.ok) throw new Error(result.problem.found)
  return result.request
}

const ours = [
  ['X-Forwarded-For', '203.0.113.9, 192.0.2.1'],
  ['X-Forwarded-Host', 'app.test:8443'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Port', '8443'],
  ['X-Request-Id', 'r1'],
  ['X-Forwarded-User', 'ann'],
  ['X-Team', 'sre'],
]

/** What is left of the client's own headers. */
function clientPart(rawHeaders: string[], parts?: Partial<Departure>): string[] {
  const { headers } = ask(rawHeaders, parts)
  return headers.slice(2, headers.length - ours.flat().length)
}

t.test('the upstream reads the client’s headers first and ours last, each of ours once', t => {
  t.strictSame(ask(['Accept', '*/*', 'x-custom', 'a']).headers, [
    'Host',
    'app.test:8443',
    'Accept',
    '*/*',
    'x-custom',
    'a',
    ...ours.flat(),
  ])
  t.end()
})

t.test('method, path with query and framing are passed on', t => {
  t.match(ask([], { method: 'PROPFIND', bodyLength: 12 }), { method: 'PROPFIND', path: '/x?y', body: 12 })
  t.match(ask([], { bodyLength: 'chunked' }), { body: 'chunked' })
  t.end()
})

t.test('repeated headers of the client stay as they came', t => {
  t.strictSame(clientPart(['Accept', 'a', 'X-A', '1', 'accept', 'b']), ['Accept', 'a', 'X-A', '1', 'accept', 'b'])
  t.end()
})

t.test('what ends at this hop stays here, in any case', t => {
  const names = [
    'Connection',
    'KEEP-ALIVE',
    'Proxy-Connection',
    'proxy-authorization',
    'Proxy-Authenticate',
    'Proxy-Whatever',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Expect',
    'Content-Length',
    'Host',
    'x-request-id',
    'Via',
    'Forwarded',
  ]
  for (const name of names) t.strictSame(clientPart([name, 'x', 'Accept', '*/*']), ['Accept', '*/*'], name)
  t.end()
})

t.test('a client’s Connection line removes what it names, and nothing of ours (H-13 to H-18)', t => {
  const lines = [
    ['close, X-Forwarded-User, X-Forwarded-For, X-Forwarded-Proto, X-Team, X-Request-Id'],
    ['x-forwarded-user'],
    ['X-FORWARDED-USER,,\tx-team ,'],
    ['', 'X-Forwarded-User'],
    ['X-Forwarded-User', 'keep-alive'],
    ['"X-Forwarded-User"'],
    ['X_Forwarded_User'],
    ['host'],
    ['content-length'],
    ['transfer-encoding'],
    ['x-custom', 'X-Team'],
    [Array.from({ length: 1000 }, () => 'close').join(',')],
  ]
  for (const values of lines) {
    const { headers } = ask(['X-Custom', 'a', ...values.flatMap(value => ['connection', value])])
    t.strictSame(headers.slice(-ours.flat().length), ours.flat(), JSON.stringify(values).slice(0, 60))
    t.strictSame(headers.slice(0, 2), ['Host', 'app.test:8443'])
  }
  t.strictSame(clientPart(['X-Custom', 'a', 'Accept', 'b', 'Connection', 'close, x-CUSTOM']), ['Accept', 'b'])
  t.strictSame(
    clientPart(['Content-Type', 'a/b', 'Connection', 'content-type']),
    ['Content-Type', 'a/b'],
    'meant for every recipient',
  )
  t.end()
})

t.test('a client cannot bring a managed name along, in any spelling (lesson 96, H-01 to H-11)', t => {
  const names = [
    'X-Forwarded-User',
    'x-forwarded-user',
    'X_Forwarded_User',
    'X.Forwarded.User',
    'X-Forwarded_User',
    'x-team',
    'X_TEAM',
    'X-Team-',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Anything',
    'Remote-User',
    'REMOTE_USER',
    'Remote.User',
    'X-Real-IP',
    'Proxy',
    'X-Auth-Request-User',
    'X-Amzn-Oidc-Identity',
    'HTTP_X_FORWARDED_USER',
    'HTTP-X-Team',
    'X_Request_Id',
    'Cookie_',
    'Content_Length',
  ]
  for (const name of names) t.strictSame(clientPart([name, 'root', 'Accept', '*/*']), ['Accept', '*/*'], name)
  t.end()
})

t.test('an identity header without a value is missing, not the client’s (lesson 97)', t => {
  const { headers } = ask(['X-Forwarded-User', 'root', 'X-Team', 'root'], { identity: [] })
  t.notOk(headers.includes('root'))
  t.end()
})

t.test('names that objects inherit are names like any other', t => {
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype']
  for (const name of names.slice(1)) t.strictSame(clientPart([name, 'x']), [name, 'x'])
  t.strictSame(clientPart(['__proto__', 'x']), [], 'underscores are not forwarded')
  t.end()
})

t.test('our own cookies stay here, on every Cookie line', t => {
  t.strictSame(clientPart(['Cookie', 'own=1; a=b', 'cookie', 'own=1', 'COOKIE', 'c=d']), [
    'Cookie',
    'a=b',
    'COOKIE',
    'c=d',
  ])
  t.end()
})

t.test('a route’s removals are removed in any case', t => {
  const route = testRoute({ upstream, headers: { set: [], remove: ['X-Debug', 'authorization'] } })
  t.strictSame(clientPart(['x-debug', '1', 'Authorization', 'Basic x', 'X-Other', 'y'], { route }), ['X-Other', 'y'])
  t.end()
})

t.test('Host is the visitor’s, or the upstream’s own where the route says so', t => {
  const route = testRoute({ upstream, rewrite: { stripPrefix: '', addPrefix: '', host: 'upstream' } })
  t.equal(ask([]).headers[1], 'app.test:8443')
  t.equal(ask([], { route }).headers[1], 'app:8080')
  t.end()
})

t.test('the forwarded port is the one in the address, or the scheme’s own', t => {
  const port = (host: string, scheme: 'http' | 'https') => {
    const { headers } = ask([], { host, scheme })
    return headers[headers.indexOf('X-Forwarded-Port') + 1]
  }
  t.equal(port('app.test', 'https'), '443')
  t.equal(port('app.test', 'http'), '80')
  t.equal(port('[2001:db8::1]', 'https'), '443')
  t.equal(port('[2001:db8::1]:8443', 'https'), '8443')
  t.end()
})

t.test('a path that a rewrite spoils is a problem, not a request', t => {
  const route = testRoute({ upstream, rewrite: { stripPrefix: '', addPrefix: '/a;b', host: 'visitor' } })
  t.throws(() => ask([], { route }), /ambiguous/)
  t.end()
})
