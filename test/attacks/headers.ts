// One identity: whatever a client writes, in whatever spelling and place, the upstream reads what we wrote, once, and nothing else about who is there.
import t from 'tap'
import { mark, openForgersWorld, type Situation } from '../fuzz/headers.ts'
import { refused } from '../support/attack.ts'
import { fieldsOf } from '../support/wire.ts'
import names from './fixtures/header-names.json' with { type: 'json' }

const { claimed, routing } = names

const { ann, request, strike, situations, breach } = await openForgersWorld(t)

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
