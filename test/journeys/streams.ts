import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import { freePort, startGate } from '../support/gate.ts'
import { fieldOf, fieldsOf, openRaw, sendRaw } from '../support/raw.ts'
import { echo, type Script, startUpstream } from '../support/upstream.ts'

const MEBIBYTE = 1024 * 1024
const large = randomBytes(48 * MEBIBYTE)
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** By path: answers that matter for how bytes flow. */
const answers: Readonly<Record<string, Script>> = {
  '/large': ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`)
    socket.write(large)
  },
  '/events': ({ socket }) =>
    void socket.write(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n',
    ),
  '/trailers': ({ socket }) =>
    void socket.write(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n2\r\nhi\r\n0\r\nDigest: abc\r\n\r\n',
    ),
  '/early': ({ socket }) =>
    void socket.write(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    ),
  '/nothing': ({ socket }) => void socket.write('HTTP/1.1 204 No Content\r\nX-Kept: yes\r\n\r\n'),
  '/unchanged': ({ socket }) =>
    void socket.write('HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 99\r\n\r\n'),
  '/breaks': ({ socket }) => {
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    return false
  },
  '/never': () => undefined,
}

const upstream = await startUpstream(t, { answer: turn => (answers[turn.request.target] ?? echo)(turn) })
const nobody = await freePort()
const routes = [
  { path: '/', upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] },
  { path: '/never', upstream: `http://127.0.0.1:${upstream.port}`, public: true, timeouts: { response: '200ms' } },
  { path: '/down', upstream: `http://127.0.0.1:${nobody}`, public: true },
]
const { gate, browser } = await startGate(t, { routes })
await browser.signInAs('ann', '/')
const cookie = browser.cookies('/') ?? ''
const host = `localhost:${gate.port}`
const opening = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n${more}\r\n`

const last = () => upstream.requests.at(-1)

t.test('events arrive one by one while the stream is open, and the upstream hears when the reader leaves', async t => {
  const client = await openRaw(gate.port)
  client.send(opening('GET', '/events', 'Accept: text/event-stream\r\n'))
  const answer = await client.head()
  t.equal(fieldOf(answer?.headers ?? [], 'content-type'), 'text/event-stream')
  t.match(await client.wire.until('data: 1\n'), /data: 1/)
  const socket = busySocket()
  socket.write('8\r\ndata: 2\n\r\n')
  t.match(await client.wire.until('data: 2\n'), /data: 2/)
  client.socket.destroy()
  await gone(socket)
  t.ok(socket.destroyed)
})

t.test('a large download waits for a slow reader where it is, and arrives as it was', async t => {
  const client = await openRaw(gate.port)
  client.socket.pause()
  client.send(opening('GET', '/large', 'Connection: close\r\n'))
  await upstream.seen(upstream.requests.length + 1)
  const socket = busySocket()
  const waiting = await settled(() => socket.writableLength)
  t.ok(waiting > large.length / 2, `${waiting} bytes still wait at the upstream`)

  const chunks: Buffer[] = []
  for await (const chunk of client.socket) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  t.equal(sha256(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)), sha256(large))
})

t.test('an upload arrives as it was, with a length or in chunks', async t => {
  const body = large.subarray(0, 10 * MEBIBYTE)
  for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
    const sent = request({ port: gate.port, host: '127.0.0.1', method: 'PUT', path: '/nothing', agent: false })
    for (const [name, value] of Object.entries({ host, cookie, ...headers })) sent.setHeader(name, value)
    for (let at = 0; at < body.length; at += MEBIBYTE) sent.write(body.subarray(at, at + MEBIBYTE))
    sent.end()
    const [response] = await once(sent, 'response')
    response.resume()
    t.equal(response.statusCode, 204)
    t.equal(sha256(Buffer.from(last()?.body ?? '', 'latin1')), sha256(body), Object.keys(headers).join())
  }
})

t.test('a stranger is refused before one byte of an upload is read, and never told to go on', async t => {
  const before = upstream.requests.length
  const answer = await sendRaw(
    gate.port,
    `PUT /x HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n`,
  )
  t.equal(answer.status, 401)
  t.same(answer.informational, [])
  t.equal(answer.closed, true, 'nobody reads the rest')
  t.equal(upstream.requests.length, before)
})

t.test('who may pass is told to go on, once', async t => {
  const client = await openRaw(gate.port)
  client.send(opening('PUT', '/x', 'Expect: 100-continue\r\nContent-Length: 5\r\n'))
  t.match(await client.wire.until('\r\n\r\n'), /^HTTP\/1\.1 100 /)
  client.send('hello')
  const answer = await client.answer('PUT')
  t.match(answer, { status: 200, informational: [] })
  t.match(last(), { body: 'hello', method: 'PUT' })
  client.socket.destroy()
})

t.test('trailers and early hints come through', async t => {
  const trailed = await sendRaw(gate.port, opening('GET', '/trailers', 'TE: trailers\r\nConnection: TE\r\n'))
  t.match(trailed, { status: 200, body: 'hi' })
  t.same(fieldsOf(trailed.trailers, 'digest'), ['abc'])
  const early = await sendRaw(gate.port, opening('GET', '/early'))
  t.match(early, { status: 200, body: 'hi' })
  t.equal(early.informational.length, 1)
  t.equal(fieldOf(early.informational[0]?.headers ?? [], 'link'), '</a.css>; rel=preload')
})

t.test('methods of other worlds pass, with their bodies, and so does a GET with one', async t => {
  for (const method of ['PROPFIND', 'REPORT', 'MKCOL', 'MKCALENDAR', 'PATCH', 'QUERY', 'GET', 'DELETE', 'OPTIONS']) {
    const body = `<${method}/>`
    const answer = await sendRaw(gate.port, opening(method, '/dav', `Content-Length: ${body.length}\r\n`) + body)
    t.equal(answer.status, 200, method)
    t.match(last(), { method, body })
  }
  t.equal((await sendRaw(gate.port, opening('TRACE', '/dav'))).status, 405)
})

t.test('of what type a body is, nobody here judges', async t => {
  for (const type of ['garbage', '', 'application/json', 'text/plain;;', 'a/b; c="']) {
    const answer = await sendRaw(
      gate.port,
      `${opening('POST', '/x', `Content-Type: ${type}\r\nContent-Length: 1\r\n`)}{`,
    )
    t.equal(answer.status, 200, type)
    t.match(last(), { body: '{' })
    t.equal(fieldOf(last()?.headers ?? [], 'content-type'), type)
  }
})

t.test('answers without a body stay without one', async t => {
  const client = await openRaw(gate.port)
  for (const [method, path, status] of [
    ['HEAD', '/x', 200],
    ['GET', '/nothing', 204],
    ['GET', '/unchanged', 304],
    ['GET', '/x', 200],
  ] as const) {
    client.send(opening(method, path))
    const answer = await client.answer(method)
    t.equal(answer?.status, status, `${method} ${path}`)
    if (path === '/nothing') t.equal(fieldOf(answer?.headers ?? [], 'content-length'), undefined)
    if (path === '/unchanged') t.equal(fieldOf(answer?.headers ?? [], 'etag'), '"1"')
  }
  client.socket.destroy()
})

t.test('an upstream that breaks off in the middle is not made to look whole', async t => {
  const client = await openRaw(gate.port)
  client.send(opening('GET', '/breaks'))
  t.equal(await client.answer(), undefined)
  await logged('/breaks')
  t.match(gate.access('/breaks'), { status: 200, completed: false, failure: String })
})

t.test('an upstream that is down, or slow, is said to be so, and not where it is', async t => {
  for (const [path, status, code] of [
    ['/down', 502, 'upstream-unreachable'],
    ['/never', 504, 'upstream-timeout'],
  ] as const) {
    const page = await browser.get(path)
    t.equal(page.status, status)
    t.match(page.headers['content-type'], 'text/html')
    const problem = await browser.fetch(path)
    t.match(problem.headers['content-type'], 'application/problem+json')
    t.match(JSON.parse(problem.body), { status, code, requestId: String })
    for (const { body, headers } of [page, problem])
      for (const inside of ['127.0.0.1', String(nobody), String(upstream.port), 'ECONN'])
        t.notOk(`${body}${JSON.stringify(headers)}`.includes(inside), `${path} does not tell ${inside}`)
    const line = gate.lines.findLast(({ msg }) => msg === 'request failed')
    t.match(page.body + problem.body, String(line?.request), 'the log has the rest, under the same id')
    t.match(line?.error, code)
  }
})

t.test('a client that leaves while the upstream thinks takes its question back', async t => {
  const { port } = upstream
  await gate.reload({ routes: [{ path: '/', upstream: `http://127.0.0.1:${port}`, public: true }] })
  const client = await openRaw(gate.port)
  client.send(opening('GET', '/never'))
  await upstream.seen(upstream.requests.length + 1)
  const socket = busySocket()
  client.socket.destroy()
  await gone(socket)
  t.ok(socket.destroyed)
  await logged('/never', 3)
  t.match(gate.access('/never'), { completed: false, failure: 'client-left' })
})

t.test('a body over limits.bodyBytes is refused, by its announced length or where it grows too long', async t => {
  const before = upstream.requests.length
  await gate.reload({ routes, server: { ...serverOf(), limits: { bodyBytes: '8B' } } })
  const announced = await sendRaw(gate.port, opening('POST', '/x', 'Expect: 100-continue\r\nContent-Length: 9\r\n'))
  t.equal(announced.status, 413)
  t.same(announced.informational, [])
  const chunks = '5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n'
  const grown = await sendRaw(gate.port, `${opening('POST', '/x', 'Transfer-Encoding: chunked\r\n')}${chunks}`)
  t.equal(grown.status, 413)
  t.equal(upstream.requests.length, before, 'no whole request went through')
  t.equal((await sendRaw(gate.port, `${opening('POST', '/x', 'Content-Length: 8\r\n')}12345678`)).status, 200)
})

const serverOf = () => ({ listen: `127.0.0.1:${gate.port}`, publicUrl: gate.origin })

/** The upstream's side of the exchange that is under way: gateways reuse connections, so it may be an old one. */
function busySocket(): Socket {
  const socket = upstream.sockets[(last()?.connection ?? 0) - 1]
  if (!socket) throw new Error('the upstream was never asked')
  return socket
}

async function gone(socket: Socket): Promise<void> {
  if (!socket.destroyed) await once(socket, 'close')
}

/** The value once it has stopped changing. */
async function settled(read: () => number): Promise<number> {
  let before = -1
  while (before !== read()) {
    before = read()
    await new Promise(resolve => setTimeout(resolve, 250))
  }
  return before
}

async function logged(path: string, times = 1): Promise<void> {
  const count = () => gate.lines.filter(line => line.msg === 'access' && line.path === path).length
  while (count() < times) await new Promise(resolve => setTimeout(resolve, 10))
}
