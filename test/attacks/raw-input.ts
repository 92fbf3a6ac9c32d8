// What Node and the libraries around it let through (and what they refuse), one test per line of the table: refused here, or carried byte by byte.
import t from 'tap'
import { buildFort, passed, refused, type Test } from '../support/attack.ts'
import { makeAuthority } from '../support/certificates.ts'
import { freePort } from '../support/gate.ts'
import { startUpstream } from '../support/upstream.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'

const fort = await (async () => {
  const selfSigned = await startUpstream(t, { tls: makeAuthority(t.testdir()).issue('IP:127.0.0.1') })
  const nobody = await freePort()
  return buildFort(t, {
    moreRoutes: [
      { name: 'self-signed', path: '/self-signed', public: true, upstream: `https://127.0.0.1:${selfSigned.port}` },
      { name: 'down', path: '/down', public: true, upstream: `http://127.0.0.1:${nobody}` },
    ],
  })
})()
const { host, request, strike } = fort
const ann = await fort.signIn('ann')

/** Every target as ann, who may go everywhere: what is refused is refused for its form. */
async function refusesTargets(t: Test, targets: readonly string[], method = 'GET'): Promise<void> {
  for (const target of targets)
    refused(t, await strike(request(`${method} ${target} HTTP/1.1`, `Cookie: ${ann}`)), JSON.stringify(target))
}

async function refusesMessages(t: Test, messages: Readonly<Record<string, string>>, statuses = [400]): Promise<void> {
  for (const [what, message] of Object.entries(messages)) refused(t, await strike(message), what, statuses)
}

t.test('a backslash is no slash: /admin\\x does not arrive as /admin/x', t =>
  refusesTargets(t, ['/a\\b', '/admin\\x', '/public\\..\\admin', '\\admin']),
)

t.test('single-dot segments are not removed behind our back, plain or escaped', t =>
  refusesTargets(t, ['/./admin', '/a/%2e/b', '/a/b/.', '/public/.', '/%2E/admin']),
)

t.test('a raw "#" does not hide a part of the target from the upstream', t =>
  refusesTargets(t, ['/x#frag', '/public#/../admin', '/#', '/public/x?y#z']),
)

t.test('the asterisk belongs to OPTIONS, and is not carried for it either', async t => {
  await refusesTargets(t, ['*'])
  await refusesTargets(t, ['*'], 'OPTIONS')
})

t.test('absolute-form is refused, whatever its authority says (d-25)', t =>
  refusesTargets(t, ['http://evil.example/admin', `http://${host}/public/x`, 'HTTP://evil.example', 'ws://x/public/x']),
)

t.test('escapes inside escapes, escaped controls and full-width dots are refused', t =>
  refusesTargets(t, [
    ...['/public/%252e%252e%252fadmin', '/public/%00', '/public/%0d%0aX:1'],
    ...['/public/%ef%bc%8e%ef%bc%8e/admin', '/public/%EF%BC%8E%EF%BC%8E/admin'],
  ]),
)

t.test('an escaped unreserved character selects the same route, and arrives as it was sent', async t => {
  passed(t, await strike(request('GET /%70ublic/x HTTP/1.1')), '/%70ublic/x')
  passed(t, await strike(request('GET /p%75blic/%7Eann?a=%70%2f..%5c HTTP/1.1')), '/p%75blic/%7Eann?a=%70%2f..%5c')
  const anonymous = await strike(request('GET /%61dmin/x HTTP/1.1'))
  t.same([anonymous.statuses, anonymous.reached.length], [[401], 0])
})

t.test('segments of three dots are refused, names with dots in them are not', async t => {
  await refusesTargets(t, ['/a/...', '/a/.../b', '/public/...'])
  for (const target of ['/public/a...b', '/public/.well-known/x', '/public/..x'])
    passed(t, await strike(request(`GET ${target} HTTP/1.1`)), target)
})

t.test('two Host lines are refused, equal or not', t =>
  refusesMessages(t, {
    'two different': request('GET /public/x HTTP/1.1', 'Host: evil.test'),
    'two equal': request('GET /public/x HTTP/1.1', `Host: ${host}`),
    'two in other letter case': request('GET /public/x HTTP/1.1', `hOST: ${host}`),
  }),
)

t.test('a Host is one name, in one spelling: everything else is refused', async t => {
  const { port } = fort.gate
  const malformed = [
    `${host}, evil`,
    `localhost@evil:${port}`,
    `evil@${host}`,
    'localhost/evil',
    'localhost#x',
    '',
    'localhost..',
  ]
  for (const value of malformed)
    refused(t, await strike(`GET /public/x HTTP/1.1\r\nHost: ${value}\r\n\r\n`), `Host: ${value}`)
  const unknown = await strike(`GET /public/x HTTP/1.1\r\nHost: evil.test:${port}\r\n\r\n`)
  refused(t, unknown, 'another name', [421])
  for (const value of [`LOCALHOST:${port}`, `localhost.:${port}`, `LocalHost.:${port}`]) {
    const { statuses, reached } = await strike(`GET /public/x HTTP/1.1\r\nHost: ${value}\r\n\r\n`)
    t.same(statuses, [200], value)
    t.equal(fieldOf(reached[0]?.headers ?? [], 'host'), host, 'and the upstream reads the one spelling')
  }
})

t.test('a transfer coding other than exactly "chunked" is refused, and nothing behind it is believed', async t => {
  const chunks = `0\r\n\r\n${request('GET /public/smuggled HTTP/1.1')}`
  for (const coding of ['gzip, chunked', ',chunked', 'identity, chunked', 'x, chunked', 'chunked;q=1', 'gzip'])
    refused(t, await strike(request('POST /public/x HTTP/1.1', `Transfer-Encoding: ${coding}`) + chunks), coding)
  const shouted = await strike(
    `${request('POST /public/x HTTP/1.1', 'Transfer-Encoding: CHUNKED', 'Connection: close')}2\r\nhi\r\n0\r\n\r\n`,
  )
  t.equal(shouted.reached[0]?.body, 'hi', 'letter case is all that may differ')
})

t.test('HTTP/1.0 knows no transfer coding', t =>
  refusesMessages(t, {
    'kept alive':
      request('POST /public/x HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked') +
      '2\r\nhi\r\n0\r\n\r\n',
    closing: `${request('POST /public/x HTTP/1.0', 'Transfer-Encoding: chunked')}2\r\nhi\r\n0\r\n\r\n`,
  }),
)

t.test('HTTP/0.9 and every other version but 1.0 and 1.1 is refused', async t => {
  await refusesMessages(t, {
    'no version': 'GET /public/x\r\n\r\n',
    'no version, with fields': request('GET /public/x'),
    'HTTP/0.9': request('GET /public/x HTTP/0.9'),
    'HTTP/2.0': request('GET /public/x HTTP/2.0'),
    'HTTP/1.2': request('GET /public/x HTTP/1.2'),
    '1.0 without Host': 'GET /public/x HTTP/1.0\r\n\r\n',
  })
  passed(t, await strike(request('GET /public/x HTTP/1.0')), '/public/x')
})

t.test('RTSP/1.0, which Node reads as HTTP/1.0, meets the same decision and goes on as HTTP/1.1', async t => {
  const denied = await strike(request('GET /admin RTSP/1.0'))
  t.same([denied.statuses, denied.reached.length], [[401], 0])
  const { reached } = await strike(request('GET /public/x RTSP/1.0'))
  t.equal(reached[0]?.line, 'GET /public/x HTTP/1.1')
})

t.test('spaces around the target are not a part of it', async t => {
  const { statuses, reached } = await strike(request('GET  /admin HTTP/1.1'))
  t.same([statuses, reached.length], [[401], 0], 'the same decision as for /admin')
  for (const line of ['GET  /public/x HTTP/1.1', 'GET /public/x  HTTP/1.1'])
    passed(t, await strike(request(line)), '/public/x')
})

t.test('a Content-Length with leading zeros is ten, and is written anew as 10', async t => {
  const { statuses, reached } = await strike(`${request('POST /public/x HTTP/1.1', 'Content-Length: 010')}0123456789`)
  t.same(statuses, [200])
  t.same(fieldsOf(reached[0]?.headers ?? [], 'content-length'), ['10'])
  t.equal(reached[0]?.body, '0123456789')
})

t.test('an https upstream that cannot be verified never sees the request (X-15)', async t => {
  const { statuses, answers } = await strike(request('GET /self-signed/x HTTP/1.1'))
  t.same(statuses, [502])
  t.notMatch(answers[0]?.body, /self-signed certificate|127\.0\.0\.1|DEPTH_ZERO/i)
})

t.test('an upstream that is down is told without its address (L-12)', async t => {
  const { statuses, answers } = await strike(request('GET /down/x HTTP/1.1'))
  t.same(statuses, [502])
  t.notMatch(answers[0]?.body, /ECONN|127\.0\.0\.1/)
})

t.test('Expect: 100-continue is answered once and never forwarded', async t => {
  const { statuses, answers, reached } = await strike(
    `${request('POST /public/x HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 2')}hi`,
  )
  t.same(statuses, [200])
  t.same(
    answers[0]?.informational.map(({ line }) => line),
    ['HTTP/1.1 100 Continue'],
  )
  t.equal(fieldOf(reached[0]?.headers ?? [], 'expect'), undefined)
  t.equal(reached[0]?.body, 'hi')
})

t.test('Upgrade: h2c ends here, and the request is an ordinary one (Q-23)', async t => {
  for (const connection of ['keep-alive', 'Upgrade, HTTP2-Settings']) {
    const { statuses, reached } = await strike(
      request(
        'GET /public/x HTTP/1.1',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQAAP__',
        `Connection: ${connection}`,
      ),
    )
    t.same(statuses, [200], connection)
    for (const name of ['upgrade', 'http2-settings'])
      t.equal(fieldOf(reached[0]?.headers ?? [], name), undefined, `${connection}: no ${name}`)
  }
})

t.test('a trailer with an identity in it ends here, and so does its announcement (H-27)', async t => {
  const { statuses, reached } = await strike(
    request('POST /public/x HTTP/1.1', 'Transfer-Encoding: chunked', 'Trailer: X-Auth-Request-User', 'TE: trailers') +
      '2\r\nhi\r\n0\r\nX-Auth-Request-User: root\r\n\r\n',
  )
  t.same(statuses, [200])
  t.equal(reached[0]?.body, 'hi')
  t.same(reached[0]?.trailers, [])
  t.notMatch(reached[0]?.head, /root|trailer|auth-request/i)
})

t.test('no spelling of an identity or forwarding header of the client arrives', async t => {
  const { reached } = await strike(
    request(
      'GET /public/x HTTP/1.1',
      ...['X_Forwarded_User: root', 'X.Auth.Request.User: root', 'Proxy: http://root', 'Forwarded: for=root'],
      ...['X-Auth-Request-User: root', 'X-Auth-Request-User: root2'],
    ),
  )
  t.equal(reached.length, 1)
  t.notMatch(reached[0]?.head, /root/)
})

t.test('Connection cannot take away what we write (H-15)', async t => {
  const { reached } = await strike(
    request(
      'GET /x HTTP/1.1',
      `Cookie: ${ann}`,
      'Connection: X-Forwarded-User, x-forwarded-for, x-sallyport-assertion',
    ),
  )
  const headers = reached[0]?.headers ?? []
  t.same(fieldsOf(headers, 'x-forwarded-user'), ['ann'])
  t.same(fieldsOf(headers, 'x-forwarded-for'), ['127.0.0.1'])
  t.equal(fieldsOf(headers, 'x-sallyport-assertion').length, 1)
})

t.test('more header lines than Node would show us are refused with their framing (Q-13)', async t => {
  const filler = Array.from({ length: 2100 }, (_, number) => `a${number}: b`)
  const smuggled = request('GET /admin/smuggled HTTP/1.1')
  for (const count of [2100, 600, 500]) {
    const fields = [...filler.slice(0, count), `Content-Length: ${smuggled.length}`]
    refused(t, await strike(request('POST /public/x HTTP/1.1', ...fields) + smuggled), `${count} lines`, [400, 431])
  }
})

t.test('two copies of our cookie are no session, whichever comes first (S-18)', async t => {
  const forged = `${ann.split('=')[0]}=forged`
  const pairs = { first: `${ann}; ${forged}`, last: `${forged}; ${ann}`, lines: `${ann}\r\nCookie: ${forged}` }
  for (const [what, cookies] of Object.entries(pairs)) {
    const { statuses, reached } = await strike(request('GET /x HTTP/1.1', `Cookie: ${cookies}`))
    t.same([statuses, reached.length], [[401], 0], what)
  }
})

t.test('names that only look like our cookie are not it (S-19)', async t => {
  const name = ann.split('=')[0] ?? ''
  const value = ann.slice(name.length + 1)
  for (const alike of [`\u00a0${name}`, `=${name}`, `$Version=1,${name}`, name.toUpperCase(), ` "${name}"`]) {
    const { statuses } = await strike(request('GET /x HTTP/1.1', `Cookie: ${alike}=${value}`))
    t.same(statuses, [401], JSON.stringify(alike))
    const beside = await strike(request('GET /x HTTP/1.1', `Cookie: ${alike}=evil; ${ann}`))
    t.same(beside.statuses, [200], `${JSON.stringify(alike)} beside the real one`)
    t.notMatch(fieldOf(beside.reached[0]?.headers ?? [], 'x-forwarded-user'), 'evil')
  }
  t.same((await strike(request('GET /x HTTP/1.1', `Cookie: ${encodeURIComponent(name)}=%${value}`))).statuses, [401])
})

t.test('a Content-Type, whatever it is, changes neither a decision nor a body (D-15, D-19, Z-17)', async t => {
  const types = [
    '',
    '__proto__',
    'constructor',
    ';',
    'application/json\t;',
    ' application/json',
    'APPLICATION/JSON x',
    'text/plain;charset=\xff',
  ]
  const fields = [[], ...types.map(type => [`Content-Type: ${type}`])]
  for (const field of fields)
    for (const method of ['POST', 'QUERY', 'GET', 'PROPFIND']) {
      const sent = (target: string) =>
        strike(`${request(`${method} ${target} HTTP/1.1`, ...field, 'Content-Length: 2')}{]`)
      const { statuses, reached } = await sent('/public/x')
      t.same([statuses, reached[0]?.body], [[200], '{]'], `${method} with ${field}`)
      for (const [target, status] of [
        ['/admin', 401],
        ['/_sallyport/nothing', 404],
        ['/public/../x', 400],
      ] as const) {
        const refusal = await sent(target)
        t.same(
          [refusal.statuses, refusal.closed, refusal.reached],
          [[status], true, []],
          `${method} ${target} with ${field}`,
        )
      }
    }
})

const post = (...fields: readonly string[]) => request('POST /public/x HTTP/1.1', ...fields)
const chunked = (chunks: string) => post('Transfer-Encoding: chunked') + chunks

t.test('header fields that Node refuses stay refused', t =>
  refusesMessages(t, {
    'a folded line': post('X-A: a', ' b'),
    'a space before the colon': post('Content-Length : 5'),
    'a tab before the colon': post('Content-Length\t: 5'),
    'a space in front': request('POST /public/x HTTP/1.1\r\n X: y'),
    'NUL in a value': post('X: a\0b'),
    'a control character in a value': post('X: a\x01b'),
    'a bare CR in a value': post('X: a\rContent-Length: 5'),
    'a bare LF in a value': post('X: a\nContent-Length: 5'),
    'a bare CR in a name': post('Content\rLength: 5'),
    'NUL in a name': post('X\0: a'),
    'an empty name': post(': x'),
    'no colon': post('just text'),
    'a name that is no token': post('X(y): z'),
  }),
)

t.test('lengths and codings that Node refuses stay refused', t =>
  refusesMessages(t, {
    'length and coding': `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\nX`,
    'coding and length': `${post('Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\nX`,
    'two lengths': `${post('Content-Length: 5', 'Content-Length: 6')}hello`,
    'two equal lengths': `${post('Content-Length: 5', 'Content-Length: 5')}hello`,
    'a list of lengths': `${post('Content-Length: 3, 3')}abc`,
    'a signed length': `${post('Content-Length: +3')}abc`,
    'a hexadecimal length': `${post('Content-Length: 0x3')}abc`,
    'two codings': `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    'almost chunked': `${post('Transfer-Encoding: xchunked')}0\r\n\r\n`,
    'a vertical tab': `${post('Transfer-Encoding: \x0bchunked')}0\r\n\r\n`,
    'a hexadecimal chunk': chunked('0x3\r\nabc\r\n0\r\n\r\n'),
    'chunks on bare LF': chunked('3\nabc\n0\n\n'),
    'a CR behind the head': 'GET /public/x HTTP/1.1\r\nHost: x\r\n\rX',
  }),
)

t.test('request lines that Node refuses stay refused', t =>
  refusesMessages(t, {
    'a method in lower case': request('get /public/x HTTP/1.1'),
    'an unknown method': request('FOO /public/x HTTP/1.1'),
    'no Host on 1.1': 'GET /public/x HTTP/1.1\r\n\r\n',
    'a byte beyond ASCII': request('GET /public/\xe9 HTTP/1.1'),
    'a space in the target': request('GET /public/a b HTTP/1.1'),
    'a tab in the target': request('GET /public/a\tb HTTP/1.1'),
    'a tab before the target': request('GET\t/public/x HTTP/1.1'),
    'DEL in the target': request('GET /public/\x7f HTTP/1.1'),
    'no slash in front': request('GET public/x HTTP/1.1'),
    'a question mark in front': request('GET ?x HTTP/1.1'),
    'an escaped slash in front': request('GET %2fpublic/x HTTP/1.1'),
  }),
)
