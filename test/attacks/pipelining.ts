// Q, pipelining: several requests on one connection: answers keep their order, each request meets its own decision, and nothing lands inside an answer.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { buildFort, refused, until, websocketFields } from '../support/attack.ts'
import { openRaw } from '../support/raw.ts'
import { echo, type Turn } from '../support/upstream.ts'

const fort = await buildFort(t)
const { gate, upstream, request, strike, probe, scripts, heads } = fort
const bob = await fort.signIn('bob')
const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nX: '
const post = (...fields: readonly string[]) => request('POST /public/x HTTP/1.1', ...fields)

/** Answers only when it is told to. */
function late(target: string): () => void {
  const told = Promise.withResolvers<void>()
  scripts.set(target, async (turn: Turn) => {
    await told.promise
    return echo(turn)
  })
  return told.resolve
}

t.test('pipelined requests are answered in order, each by its own decision (d-18)', async t => {
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

  const many = await strike(request('GET /public/many HTTP/1.1').repeat(200), { answers: 200 })
  t.equal(many.statuses.filter(status => status === 200).length, 200)
})

t.test('a malformed request behind one that is still being answered is refused after that answer (d-18)', async t => {
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

t.test('a refusal never lands inside an answer that has begun (d-18)', async t => {
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

t.test('a malformed chunk ends the answer that had begun before the upload was over (d-18)', async t => {
  heads.set('/public/early', ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'))
  const connection = await openRaw(gate.port)
  connection.send(`${request('POST /public/early HTTP/1.1', 'Transfer-Encoding: chunked')}2\r\nhi\r\n`)
  await connection.head()
  connection.send('XX\r\n')
  t.notMatch(await connection.wire.rest(), 'HTTP/1.1', 'it breaks off, and nothing else is in it')
  await probe(t, 'after it')
})

t.test('behind a request that was refused for its form nothing is carried out (d-18)', async t => {
  for (const first of [
    `${post('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    request('GET /public/x HTTP/1.1', 'Host: evil.test'),
    request('GET /public/..;/x HTTP/1.1'),
    'GET /public/x HTTP/1.1\r\nHost: evil.test\r\n\r\n',
  ])
    refused(t, await strike(first + request('GET /public/smuggled HTTP/1.1')), first.slice(0, 60), [400, 421])
  await probe(t, 'after them')
})

t.test('a websocket handshake behind an unanswered request takes its turn as an ordinary request (d-18)', async t => {
  for (const [target, status] of [
    ['/public/ws', 200],
    ['/admin/ws', 401],
  ] as const) {
    const answer = late('/public/late')
    const before = upstream.requests.length
    const struck = strike(
      request('GET /public/late HTTP/1.1') + request(`GET ${target} HTTP/1.1`, ...websocketFields),
      { answers: 2 },
    )
    await upstream.seen(before + 1)
    answer()
    t.same((await struck).statuses, [200, status], target)
  }
  await probe(t, 'and the gateway is alive')
})

t.test('pipelined requests whose client has left are over, all of them (d-18, d-20)', async t => {
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

t.test('an early "no" ends the connection, and its body is never read as a request (d-19)', async t => {
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

t.test('a request that is refused while the gateway is stopping takes nobody down (d-18)', async t => {
  const answer = late('/public/late')
  const before = upstream.requests.length
  const connection = await openRaw(gate.port)
  connection.send(request('GET /public/late HTTP/1.1'))
  await upstream.seen(before + 1)
  const stopped = gate.stop()
  connection.send(request('GET /public/../x HTTP/1.1'))
  await pause(20)
  answer()
  t.equal((await connection.answer())?.status, 200)
  const last = await connection.answer()
  t.equal(last?.status, 400)
  t.match(last?.head, 'Connection: close')
  await stopped
})
