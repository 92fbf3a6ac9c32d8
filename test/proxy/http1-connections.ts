import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { lanes } from '../../src/proxy/lanes.ts'
import { makeUpstreams } from '../../src/proxy/upstreams.ts'
import { get, ok, startsWith } from '../contracts/lane/setting.ts'
import { startFront } from '../support/front.ts'
import { openRaw, sendRaw } from '../support/raw.ts'
import { type Script, says, startUpstream, type TestUpstream } from '../support/upstream.ts'

const start = startsWith(lanes.http1)

t.test('a connection whose time is over is closed, and another one asked', async t => {
  const { upstream, front } = await start(t, { answer: says(ok('x', 'Keep-Alive: timeout=3\r\n')) })
  await sendRaw(front.port, get)
  await onlyOpen(upstream, 0)
  await sendRaw(front.port, get)
  t.equal(upstream.sockets.length, 2)
})

t.test('what an upstream does not mean to keep is not used again', async t => {
  for (const answer of [
    ok('x', 'Connection: close\r\n'),
    ok('x', 'Keep-Alive: timeout=1\r\n'),
    ok('x').replace('HTTP/1.1', 'HTTP/1.0'),
  ]) {
    const { upstream, front } = await start(t, { answer: says(answer) })
    for (let i = 0; i < 2; i++) t.match(await sendRaw(front.port, get), { body: 'x' })
    t.equal(upstream.sockets.length, 2, answer)
  }
})

t.test('after a stale connection a fresh one is asked, whatever else is at rest', async t => {
  const used = new WeakSet<object>()
  const bothHere = Promise.withResolvers<void>()
  const answer: Script = async ({ request, socket }) => {
    if (used.has(socket)) return void socket.end()
    used.add(socket)
    if (request.connection === 2) bothHere.resolve()
    await bothHere.promise
    socket.write(ok(String(request.connection)))
  }
  const { upstream, front } = await start(t, { answer })
  await Promise.all([sendRaw(front.port, get), sendRaw(front.port, get)])
  t.equal(upstream.open(), 2)
  t.match(await sendRaw(front.port, get), { body: '3' })
})

t.test('bytes that come behind an answer end its connection, also a moment later (Q-15, d-22)', async t => {
  const { upstream, front } = await start(t, {
    answer: ({ request, socket }) => {
      socket.write(ok(request.target))
      setImmediate(() => socket.write(ok('POISON')))
    },
  })
  for (let i = 0; i < 20; i++) t.match(await sendRaw(front.port, get), { body: '/x' })
  t.ok(upstream.sockets.length > 1)
})

t.test('a head that drips does not put off the time by which it must be there', async t => {
  const route = { timeouts: { connectMs: 3000, responseMs: 300, idleMs: 30_000 } }
  const drips: Script = async ({ socket }) => {
    for (const char of ok('x', `X: ${'a'.repeat(1000)}\r\n`)) {
      if (socket.destroyed) return
      socket.write(char)
      await pause(20)
    }
  }
  const { front } = await start(t, { answer: drips, front: { route } })
  t.match(await sendRaw(front.port, get), { status: 504 })
})

t.test('an answer that drips in is read all the same', async t => {
  const bytes =
    'HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\nX-Sum: 1\r\n\r\n'
  const { front } = await start(t, {
    answer: async ({ socket }) => {
      socket.setNoDelay(true)
      for (const char of bytes) {
        socket.write(char)
        await new Promise(setImmediate)
      }
    },
  })
  t.match(await sendRaw(front.port, get), { status: 200, body: 'one', trailers: [['X-Sum', '1']] })
})

t.test('when all is closed nothing rests, and what is under way ends first', async t => {
  const upstreams = makeUpstreams()
  const { upstream, front } = await start(t, {
    answer: ({ request, socket }) => void (request.target === '/x' && socket.write(ok('x'))),
    front: { upstreams },
  })
  const client = await openRaw(front.port)
  client.send(get.replace('/x', '/slow'))
  await upstream.seen(1)
  await sendRaw(front.port, get)
  let closed = false
  const closing = upstreams.close().then(() => {
    closed = true
  })
  await onlyOpen(upstream, 1)
  t.notOk(closed)
  upstream.sockets[0]?.write(ok('late'))
  t.match(await client.answer(), { body: 'late' })
  await closing
  await onlyOpen(upstream, 0)
  client.socket.destroy()
})

t.test('a client that leaves while its connection is being made takes that along', async t => {
  const silent = await startUpstream(t)
  const route = { timeouts: { connectMs: 30_000, responseMs: 30_000, idleMs: 30_000 } }
  const front = await startFront(t, { lane: lanes.http1, upstream: { ...silent.address(), scheme: 'https' }, route })
  const client = await openRaw(front.port)
  client.send(get)
  while (silent.open() === 0) await pause(10)
  client.socket.destroy()
  await onlyOpen(silent, 0)
  await front.over(1)
  t.strictSame(front.passages, [{ kind: 'client-left' }])
})

async function onlyOpen(upstream: TestUpstream, count: number): Promise<void> {
  while (upstream.open() > count) await pause(10)
}
