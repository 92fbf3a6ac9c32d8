// One message: no bytes of one request are ever read as another, no answer reaches anybody else, and answers keep the order of their requests.
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { openFrontGate } from '../../src/http/front-gate.ts'
import { buildFort, passed, refused, type Test } from '../support/attack.ts'
import { openRaw } from '../support/raw.ts'
import { echo, type Script, type Turn } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

/** What the next requests for these paths are answered with; everything else is echoed. */
const scripts = new Map<string, Script>()
const heads = new Map<string, Script>()

const fort = await buildFort(t, {
  upstream: {
    answer: turn => (scripts.get(turn.request.target) ?? echo)(turn),
    onHead: turn => heads.get(turn.request.target)?.(turn),
  },
})
const { gate, upstream, host, request, strike } = fort
const bob = await fort.signIn('bob')

const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nX: '
const post = (...fields: readonly string[]) => request('POST /public/x HTTP/1.1', ...fields)
const chunked = (chunks: string) => post('Transfer-Encoding: chunked') + chunks

/** Another client on the same pool gets its own answer, and the smuggled request has reached nobody. */
async function probe(t: Test, after: string): Promise<void> {
  const { answers } = await strike(request('GET /public/probe HTTP/1.1'))
  t.match(answers[0]?.body, '"target":"/public/probe"', `${after}: the next client gets its own answer`)
  t.notOk(
    upstream.requests.some(seen => seen.target.includes('smuggled')),
    `${after}: nothing was smuggled`,
  )
}

async function refusesMessages(t: Test, messages: Readonly<Record<string, string>>, statuses = [400]): Promise<void> {
  for (const [what, message] of Object.entries(messages)) refused(t, await strike(message + smuggled), what, statuses)
  await probe(t, 'after all of them')
}

t.test('d-01 d-02 a body has one length, and that is a plain number', t =>
  refusesMessages(t, {
    'length and coding': `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\nX`,
    'coding and length': `${post('Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\nX`,
    ...Object.fromEntries(
      ['+5', '-5', '0x5', '5 5', '5;', '"5"', '5e0', '5, 5', '5,6', '\x0b5', '', '9'.repeat(20), '18446744073709551621']
        .concat(['9007199254740993', '0'.repeat(20)])
        .map(length => [`Content-Length: ${length}`, `${post(`Content-Length: ${length}`)}hello`]),
    ),
    'two lengths': `${post('Content-Length: 5', 'Content-Length: 6')}hello`,
    'an empty second length': `${post('Content-Length: 5', 'Content-Length:')}hello`,
  }),
)

t.test('d-02 d-03 leading zeros and trailing blanks are gone from the length that is written anew', async t => {
  for (const length of ['05', '005', '5 ', '5\t', ' \t5']) {
    const { statuses, reached } = await strike(`${post(`Content-Length: ${length}`)}hello`)
    t.same(statuses, [200], JSON.stringify(length))
    t.match(reached[0]?.head, /^content-length: 5$/im)
    t.equal(reached[0]?.body, 'hello')
  }
})

t.test('d-04 d-12 a field that is not quite a field is refused', t =>
  refusesMessages(
    t,
    {
      'a space before the colon': `${post('Content-Length : 5')}hello`,
      'a tab before the colon': `${post('Content-Length\t: 5')}hello`,
      'a space in front': request('POST /public/x HTTP/1.1\r\n Content-Length: 5'),
      'a CR in the name': post('Content\rLength: 5'),
      'a CR before the name': post('X:\rContent-Length: 5'),
      'an LF before the name': post('X: y\nContent-Length: 5'),
      'an empty name': post(': x'),
      'no colon': post('Content-Length'),
      'no token': post('X@Y: z'),
      'a quote in the name': post('"X": z'),
      'a very long name': post(`Content-Length0${'a'.repeat(65_000)}: 5`),
    },
    [400, 431],
  ),
)

t.test('d-12 a name that only begins like Content-Length is no length', async t => {
  const { statuses, reached } = await strike(post(`Content-Length0${'a'.repeat(255)}: 5`))
  t.same(statuses, [200])
  t.equal(reached[0]?.body, '')
})

t.test('d-05 d-06 d-07 a coding is "chunked" or nothing', async t => {
  const codings = [
    ...['xchunked', 'chunked, identity', 'identity, chunked', ',chunked', 'chunked,', 'chunked, chunked', '"chunked"'],
    ...[
      'chunked;q=1',
      '\x0bchunked',
      '\x0cchunked',
      'chunked\0',
      'chunked\x0b',
      '[chunked]',
      'chun\tked',
      'gzip, chunked',
    ],
    ...[
      'gzip',
      'identity',
      'Chunked\r\n ',
      '\r\n chunked',
      'chunked\r\nTransfer-Encoding: chunked',
      'chunked\r\nTransfer-Encoding: x',
    ],
  ]
  const messages = codings.map(coding => [
    `Transfer-Encoding: ${coding}`,
    `${post(`Transfer-Encoding: ${coding}`)}0\r\n\r\n`,
  ])
  await refusesMessages(t, {
    ...Object.fromEntries(messages),
    'a space before the colon': `${post('Transfer-Encoding : chunked')}0\r\n\r\n`,
    'NUL in the name': `${post('Transfer-Encoding\0: chunked')}0\r\n\r\n`,
    'a folded line': `${post('X: y', '\tTransfer-Encoding: chunked')}0\r\n\r\n`,
    'HTTP/1.0': `${request('POST /public/x HTTP/1.0', 'Connection: keep-alive', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
  })
})

t.test('d-05 Transfer_Encoding is no coding, and no upstream reads it', async t => {
  const { statuses, reached } = await strike(post('Transfer_Encoding: chunked', 'Transfer.Encoding: chunked'))
  t.same(statuses, [200])
  t.notMatch(reached[0]?.head, /transfer.encoding/i)
})

t.test('d-08 d-09 d-10 a chunk that is not quite a chunk ends the connection', t =>
  refusesMessages(
    t,
    Object.fromEntries(
      [
        ...[
          '0x5',
          '+5',
          '-1',
          ' 5',
          '5 ',
          '5\t',
          '5_0',
          'F'.repeat(17),
          '1'.repeat(17),
          '',
          'G',
          '5\0',
          '5\r\r;ABCD',
          '5\rX',
        ].map(size => `${size}\r\nhello\r\n0\r\n\r\n`),
        ...['5;a\nb', '5;a\r\rb', `5;${'a'.repeat(1_000_000)}`].map(size => `${size}\r\nhello\r\n0\r\n\r\n`),
        ...[
          '5\r\nhelloXX0\r\n\r\n',
          '5\r\nhello\n0\r\n\r\n',
          '5\nhello\n0\n\n',
          '5\r\nhello\r\n0\r\nX\r\n\r\n',
          '0\r\n: x\r\n\r\n',
        ],
        ...['0\r\nContent-Length: 5\r\n\r\n', '0\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ].map(chunks => [JSON.stringify(chunks.slice(0, 30)), chunked(chunks)]),
    ),
    [400, 413],
  ),
)

t.test('d-09 d-10 legal chunks arrive as their bytes alone', async t => {
  for (const chunks of [
    '00005\r\nhello\r\n00000\r\n\r\n',
    '5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n',
    '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
  ]) {
    const { statuses, reached } = await strike(chunked(chunks))
    t.same([statuses, reached[0]?.body], [[200], 'hello'], JSON.stringify(chunks))
  }
})

t.test('d-11 a head ends with CRLF CRLF and with nothing else', t =>
  refusesMessages(t, {
    'LF LF': `GET /public/x HTTP/1.1\nHost: ${host}\n\n`,
    'CRLF LF': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\n\n`,
    'CRLF CR X': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\n\rX`,
    'CR CR LF': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\r\n\r\n`,
    'a CR and a request line': `GET /public/x HTTP/1.1\r\nHost: ${host}\r\n\rZGET /evil: HTTP/1.1\r\n\r\n`,
  }),
)

t.test('d-13 H c.8 a head of too many lines or bytes is refused', t =>
  refusesMessages(
    t,
    {
      lines: post(...Array.from({ length: 2100 }, (_, at) => `a${at}: b`), 'Content-Length: 5'),
      cookies: post(...Array.from({ length: 1000 }, () => 'Cookie: a=b')),
      bytes: post(`X: ${'x'.repeat(64_000)}`),
      target: request(`GET /public/${'x'.repeat(64_000)} HTTP/1.1`),
    },
    [400, 431],
  ),
)

t.test('d-14 Q-27 a body that looks like a request stays a body, whatever the method', async t => {
  for (const method of ['GET', 'DELETE', 'OPTIONS', 'PUT', 'PROPFIND']) {
    const { statuses, reached } = await strike(
      request(`${method} /public/x HTTP/1.1`, `Content-Length: ${smuggled.length}`) + smuggled,
    )
    t.same(statuses, [200], method)
    t.same(
      reached.map(seen => [seen.method, seen.body]),
      [[method, smuggled]],
    )
  }
  await strike(request('HEAD /public/x HTTP/1.1', `Content-Length: ${smuggled.length}`) + smuggled)
  await probe(t, 'after them')
})

t.test('d-14 d-23 an answer to HEAD that has a body all the same is cut off, and its bytes reach nobody', async t => {
  scripts.set('/public/head', ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfor-me'))
  const { statuses, answers } = await strike(request('HEAD /public/head HTTP/1.1'))
  t.same([statuses, answers[0]?.body], [[200], ''])
  await probe(t, 'after it')
})

t.test('d-15 Q-18 CONNECT and TRACE are answered here', async t => {
  for (const target of ['b.test:80', '/public/x', host]) {
    const { statuses, closed, reached } = await strike(`CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n${smuggled}`)
    t.same([statuses, closed, reached], [statuses.includes(405) ? [405] : [400], true, []], target)
  }
  const trace = await strike(request('TRACE /public/x HTTP/1.1', 'X-Secret: reflected'))
  t.same([trace.statuses, trace.reached], [[405], []])
  t.notMatch(trace.answers[0]?.body, 'reflected')
})

t.test('d-16 an upgrade to anything but a websocket is an ordinary request', async t => {
  for (const protocol of ['foo', 'h2c', 'websocket, h2c', 'TLS/1.0', 'websockets']) {
    const { statuses, reached } = await strike(
      request('GET /public/x HTTP/1.1', `Upgrade: ${protocol}`, 'Connection: Upgrade'),
    )
    t.same(statuses, [200], protocol)
    t.notMatch(reached[0]?.head, /upgrade/i)
  }
})

t.test('d-16 W-06 a websocket handshake that is not quite one never opens a tunnel', async t => {
  const good = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`]
  const without = (name: string, ...more: readonly string[]) => [
    ...good.filter(line => !line.startsWith(name)),
    ...more,
  ]
  const handshakes = {
    'another version': without('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8'),
    'no version': without('Sec-WebSocket-Version'),
    'no key': without('Sec-WebSocket-Key'),
    'a short key': without('Sec-WebSocket-Key', 'Sec-WebSocket-Key: abc'),
    'two keys': [...good, `Sec-WebSocket-Key: ${key}`],
    'a body': [...good, 'Content-Length: 5'],
    'a chunked body': [...good, 'Transfer-Encoding: chunked'],
  }
  for (const [what, fields] of Object.entries(handshakes))
    refused(t, await strike(request('GET /public/ws HTTP/1.1', ...fields) + smuggled), what)
  refused(t, await strike(request('POST /public/ws HTTP/1.1', ...good)), 'another method')
  refused(t, await strike(request('GET /public/ws HTTP/1.0', ...good)), 'HTTP/1.0')
  await probe(t, 'after them')
})

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const handshake = (target: string) =>
  request(
    `GET ${target} HTTP/1.1`,
    ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`],
  )

t.test('d-16 Q-19 what follows a handshake that the upstream declined is nobody’s request', async t => {
  scripts.set(
    '/public/declined',
    ({ socket }) => void socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n'),
  )
  const { statuses, closed } = await strike(handshake('/public/declined') + request('GET /public/smuggled HTTP/1.1'))
  t.same([statuses, closed], [[426], true])
  await probe(t, 'after it')
})

t.test('d-17 an expectation is met once, refused when it is another, and never forwarded', async t => {
  const expecting = (line: string, ...fields: readonly string[]) => request(line, 'Expect: 100-continue', ...fields)
  for (const [what, message, informed] of [
    ['with a body', `${expecting('POST /public/x HTTP/1.1', 'Content-Length: 5')}hello`, 1],
    ['without a body', expecting('POST /public/x HTTP/1.1', 'Content-Length: 0'), 1],
    ['in other letter case', `${post('expect: 100-Continue', 'Content-Length: 5')}hello`, 1],
    ['in HTTP/1.0, which has no 100', `${expecting('POST /public/x HTTP/1.0', 'Content-Length: 5')}hello`, 0],
  ] as const) {
    const { statuses, answers, reached } = await strike(message)
    t.same([statuses, answers[0]?.informational.length], [[200], informed], what)
    t.equal(fieldOf(reached[0]?.headers ?? [], 'expect'), undefined)
  }
  await refusesMessages(t, {
    another: `${post('Expect: foo', 'Content-Length: 5')}hello`,
    'another beside it': `${post('Expect: 100-continue, x', 'Content-Length: 5')}hello`,
    'two lines': `${post('Expect: 100-continue', 'Expect: 100-continue', 'Content-Length: 5')}hello`,
    'a folded line': `${post('Expect:\r\n 100-continue', 'Content-Length: 5')}hello`,
  })
})

t.test('d-17 whoever may not pass gets no 100', async t => {
  const { statuses, answers, closed, reached } = await strike(
    request('POST /admin/x HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 5'),
  )
  t.same([statuses, answers[0]?.informational, closed, reached], [[401], [], true, []])
})

/** Answers only when it is told to. */
function late(target: string): () => void {
  const told = Promise.withResolvers<void>()
  scripts.set(target, async (turn: Turn) => {
    await told.promise
    return echo(turn)
  })
  return told.resolve
}

t.test('d-18 pipelined requests are answered in order, each by its own decision', async t => {
  const answer = late('/public/late')
  const requests = [
    request('GET /public/late HTTP/1.1'),
    request('GET /admin/1 HTTP/1.1'),
    request('GET /admin/2 HTTP/1.1', `Cookie: ${bob}`),
    request('GET /all HTTP/1.1', `Cookie: ${bob}`),
    request('GET /all HTTP/1.1'),
    request('GET /public/last HTTP/1.1'),
  ]
  const struck = strike(requests.join(''), { answers: requests.length })
  await upstream.seen(upstream.requests.length + 1)
  answer()
  const { statuses, answers, reached } = await struck
  t.same(statuses, [200, 401, 403, 200, 401, 200])
  t.match(answers[3]?.body, '"target":"/all"')
  t.same(reached.map(({ target }) => target).sort(), ['/all', '/public/last', '/public/late'])

  const many = await strike(request('GET /public/many HTTP/1.1').repeat(300), { answers: 300 })
  t.equal(many.statuses.filter(status => status === 200).length, 300)
})

t.test('d-18 a malformed request behind one that is still being answered is refused after that answer', async t => {
  for (const [what, behind, status] of [
    ['no request', 'GARBAGE\r\n\r\n', 400],
    ['a CONNECT', request('CONNECT x:80 HTTP/1.1'), 405],
    ['two lengths', `${post('Content-Length: 5', 'Content-Length: 6')}hello`, 400],
    ['an unknown coding', `${post('Transfer-Encoding: x, chunked')}0\r\n\r\n`, 400],
  ] as const) {
    const answer = late('/public/late')
    const before = upstream.requests.length
    const struck = strike(request('GET /public/late HTTP/1.1') + behind + smuggled, { answers: 2 })
    await upstream.seen(before + 1)
    await pause(20)
    answer()
    const { statuses, answers, closed } = await struck
    t.same([statuses, closed], [[200, status], true], what)
    t.match(answers[0]?.body, '"target":"/public/late"')
  }
  await probe(t, 'after them')
})

t.test('d-18 a refusal never lands inside an answer that has begun', async t => {
  const told = Promise.withResolvers<void>()
  scripts.set('/public/slow', async ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
    await told.promise
    socket.write('world')
  })
  const connection = await openRaw(gate.port)
  connection.send(request('GET /public/slow HTTP/1.1'))
  await connection.head()
  t.equal(await connection.wire.bytes(5), 'hello')
  connection.send('GARBAGE\r\n\r\n')
  await pause(20)
  told.resolve()
  t.match(await connection.wire.rest(), /^worldHTTP\/1\.1 400 Bad Request\r\n/)
})

t.test('d-18 a malformed chunk ends the answer that had begun before the upload was over', async t => {
  heads.set('/public/early', ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'))
  const connection = await openRaw(gate.port)
  connection.send(`${request('POST /public/early HTTP/1.1', 'Transfer-Encoding: chunked')}2\r\nhi\r\n`)
  await connection.head()
  connection.send('XX\r\n')
  t.notMatch(await connection.wire.rest(), 'HTTP/1.1', 'it breaks off, and nothing else is in it')
  await probe(t, 'after it')
})

t.test('d-18 behind a request that was refused for its form nothing is carried out', async t => {
  for (const first of [
    `${post('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    request('GET /public/x HTTP/1.1', 'Host: evil.test'),
    request('GET /public/..;/x HTTP/1.1'),
    'GET /public/x HTTP/1.1\r\nHost: evil.test\r\n\r\n',
  ])
    refused(t, await strike(first + request('GET /public/smuggled HTTP/1.1')), first.slice(0, 60), [400, 421])
  await probe(t, 'after them')
})

t.test('d-18 a websocket handshake behind an unanswered request takes its turn as an ordinary request', async t => {
  for (const [target, status] of [
    ['/public/ws', 200],
    ['/admin/ws', 401],
  ] as const) {
    const answer = late('/public/late')
    const before = upstream.requests.length
    const struck = strike(request('GET /public/late HTTP/1.1') + handshake(target), { answers: 2 })
    await upstream.seen(before + 1)
    answer()
    t.same((await struck).statuses, [200, status], target)
  }
  await probe(t, 'and the gateway is alive')
})

t.test('d-18 d-20 pipelined requests whose client has left are over, all of them', async t => {
  for (const last of ['', request('CONNECT x:80 HTTP/1.1')]) {
    const answer = late('/public/left')
    const accesses = () => gate.lines.filter(line => line.msg === 'access' && line.path === '/public/left').length
    const [before, asked] = [accesses(), upstream.requests.length]
    const connection = await openRaw(gate.port)
    connection.send(request('GET /public/left HTTP/1.1').repeat(3) + last)
    await upstream.seen(asked + 3)
    connection.socket.destroy()
    await until(() => accesses() === before + 3)
    t.equal(accesses() - before, 3, last === '' ? 'each leaves its line' : 'also behind a CONNECT')
    answer()
  }
  await probe(t, 'after them')
})

/** Waits for what no event tells. */
async function until(isSo: () => boolean): Promise<void> {
  for (let patience = 200; patience > 0 && !isSo(); patience--) await pause(10)
}

t.test('d-19 an early "no" ends the connection, and its body is never read as a request', async t => {
  for (const [target, cookie, status] of [
    ['/admin/x', '', 401],
    ['/admin/x', bob, 403],
    ['/admin//x', '', 400],
  ] as const) {
    const body = request('GET /public/smuggled HTTP/1.1').repeat(2000)
    const { statuses, closed, reached } = await strike(
      request(
        `POST ${target} HTTP/1.1`,
        'Content-Length: 10000000',
        'Content-Type: application/json',
        ...(cookie ? [`Cookie: ${cookie}`] : []),
      ) + body,
    )
    t.same([statuses, closed, reached], [[status], true, []], `${target} ${status}`)
  }
  await probe(t, 'after them')
})

t.test('d-20 a client that breaks off its upload takes its upstream connection with it', async t => {
  for (const begun of [
    `${post('Content-Length: 50')}half`,
    `${post('Transfer-Encoding: chunked')}5\r\nhel`,
    post('Content-Length: 50'),
  ]) {
    const open = upstream.sockets.length
    const connection = await openRaw(gate.port)
    connection.send(begun)
    await until(() => upstream.sockets.length > open || upstream.open() > 0)
    await pause(20)
    connection.socket.destroy()
    await probe(t, 'after it')
  }
})

t.test('d-21 an answer that does not wait for the upload ends the connection behind it', async t => {
  heads.set('/public/hasty', ({ socket }) =>
    socket.end('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig'),
  )
  const { statuses, closed } = await strike(request('POST /public/hasty HTTP/1.1', 'Content-Length: 1000') + smuggled)
  t.same([statuses, closed], [[413], true])
  await probe(t, 'after it')
})

t.test('d-22 Q-15 bytes of the upstream behind its answer reach nobody', async t => {
  const extra = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'
  scripts.set(
    '/public/two',
    ({ socket }) => void socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${extra}`),
  )
  t.match((await strike(request('GET /public/two HTTP/1.1'))).answers[0]?.body, 'ok')
  await probe(t, 'at once')
  let idle: Socket | undefined
  scripts.set('/public/idle', ({ socket }) => {
    idle = socket
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  t.match((await strike(request('GET /public/idle HTTP/1.1'))).answers[0]?.body, 'ok')
  idle?.write(extra)
  await until(() => idle?.closed === true)
  t.equal(idle?.closed, true, 'an idle connection that speaks is closed')
  await probe(t, 'on an idle connection')
})

t.test('d-23 d-24 an answer that is not quite one becomes 502 or breaks off, and reaches nobody else', async t => {
  const answers = {
    'length and coding': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nabc',
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
    'a bad chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nabc\r\n',
    'less than its length': 'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc',
    'a 101 unasked': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    'a hundred 1xx': `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
    'a folded field': 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n',
    'a space in a name': 'HTTP/1.1 200 OK\r\nX Y: a\r\nContent-Length: 0\r\n\r\n',
    'NUL in a value': 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n',
    'no space in the status line': 'HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n',
    'another version': 'HTTP/2 200\r\n\r\n',
  }
  for (const [what, bytes] of Object.entries(answers)) {
    scripts.set('/public/odd', ({ socket }) => {
      socket.end(bytes, 'latin1')
      return false
    })
    const { statuses } = await strike(request('GET /public/odd HTTP/1.1', 'Connection: close'))
    t.ok(statuses.length === 0 || statuses[0] === 502, what, { statuses })
  }
  await probe(t, 'after them')
})

t.test('d-23 an answer without a body keeps its connection clean, whatever follows it', async t => {
  for (const status of ['204 No Content', '304 Not Modified']) {
    scripts.set(
      '/public/bodiless',
      ({ socket }) => void socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\nhello`),
    )
    const { statuses, answers } = await strike(request('GET /public/bodiless HTTP/1.1', 'Connection: close'))
    t.same([statuses, answers[0]?.body], [[Number.parseInt(status, 10)], ''])
    await probe(t, status)
  }
})

t.test('d-27 d-28 what is no HTTP at all is refused', t =>
  refusesMessages(
    t,
    {
      'the PROXY protocol': `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${request('GET /public/x HTTP/1.1')}`,
      'its second version': `\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c${request('GET /public/x HTTP/1.1')}`,
      'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'a byte order mark': `\xef\xbb\xbf${request('GET /public/x HTTP/1.1')}`,
      NUL: `\0${request('GET /public/x HTTP/1.1')}`,
      'a TLS hello': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
      'HTTP/0.9': 'GET /public/x\r\n\r\n',
    },
    [400],
  ),
)

t.test('d-28 empty lines before a request are nothing', async t => {
  passed(t, await strike('\r\n'.repeat(1000) + request('GET /public/x HTTP/1.1')), '/public/x')
})

t.test('slow heads, many heads and lenient parsing are bounded by the settings of the socket', async t => {
  const limits = { headerBytes: 16_384, requestMs: 0, connections: 100, bodyBytes: undefined }
  const server = { limits, tls: undefined } as unknown as Parameters<typeof openFrontGate>[0]
  const { server: socket } = openFrontGate(server, { handle() {}, upgrade() {} })
  t.equal(socket.headersTimeout, 20_000)
  t.ok(socket.keepAliveTimeout > 60_000)
  t.equal(socket.maxHeadersCount, 500)
  t.equal(socket.maxConnections, 100)
  t.notOk(`${process.execArgv} ${process.env.NODE_OPTIONS}`.includes('insecure-http-parser'))
})
