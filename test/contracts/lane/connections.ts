// How upstream connections are kept, used again and given up, on every lane.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Test as TapTest } from 'tap'
import type { Lane } from '../../../src/proxy/lane.ts'
import { makeUpstreams } from '../../../src/proxy/upstreams.ts'
import { makeAuthority } from '../../support/certificates.ts'
import { startFront } from '../../support/front.ts'
import { openRaw, sendRaw } from '../../support/raw.ts'
import { type Script, saysAndEnds, startUpstream } from '../../support/upstream.ts'
import { get, ok, startsWith } from './setting.ts'

export function laneConnections(t: TapTest, lane: Lane): void {
  const start = startsWith(lane)

  t.test('one connection serves one request after the other', async t => {
    const { upstream, front } = await start(t)
    for (let i = 0; i < 5; i++) await sendRaw(front.port, get)
    t.equal(upstream.sockets.length, 1)
  })

  t.test('pipelined requests are answered in order', async t => {
    const { front } = await start(t, { answer: ({ request, socket }) => void socket.write(ok(request.target)) })
    const client = await openRaw(front.port)
    client.send(Array.from({ length: 20 }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: app.test\r\n\r\n`).join(''))
    for (let i = 0; i < 20; i++) t.match(await client.answer(), { body: `/${i}` })
    client.socket.destroy()
  })

  t.test('an answer that nobody asked for reaches nobody (Q-15, d-22)', async t => {
    const { upstream, front } = await start(t, {
      answer: ({ request, socket }) =>
        void socket.write(ok(request.target) + (request.target === '/evil' ? ok('POISON') : '')),
    })
    t.match(await sendRaw(front.port, get.replace('/x', '/evil')), { body: '/evil' })
    t.match(await sendRaw(front.port, get), { body: '/x' })
    t.equal(upstream.sockets.length, 2, 'the poisoned connection is not used again')
  })

  t.test('an answer on an idle connection reaches nobody either', async t => {
    const { upstream, front } = await start(t, {
      answer: ({ request, socket }) => void socket.write(ok(request.target)),
    })
    await sendRaw(front.port, get)
    const [idle] = upstream.sockets
    idle?.write(ok('POISON'))
    if (idle && !idle.closed) await once(idle, 'close')
    t.match(await sendRaw(front.port, get), { body: '/x' })
  })

  t.test('a kept-alive connection that the upstream has just closed is not the visitor’s trouble', async t => {
    const { upstream, front } = await start(t, { answer: closesAfterFirst() })
    t.match(await sendRaw(front.port, get), { body: '1' })
    t.match(await sendRaw(front.port, get), { body: '2' }, 'asked again on a fresh connection')
    t.strictSame(
      upstream.requests.map(({ connection }) => connection),
      [1, 1, 2],
    )
  })

  t.test('nor one that it has just reset, nor one under TLS', async t => {
    const reset = await start(t, { answer: closesAfterFirst(socket => socket.resetAndDestroy()) })
    await sendRaw(reset.front.port, get)
    t.match(await sendRaw(reset.front.port, get), { body: '2' })
    const authority = makeAuthority(t.testdir({}))
    const secure = await startUpstream(t, { answer: closesAfterFirst(), tls: authority.issue('IP:127.0.0.1') })
    const front = await startFront(t, { lane, upstream: secure.address({ ca: authority.ca }) })
    await sendRaw(front.port, get)
    t.match(await sendRaw(front.port, get), { body: '2' })
  })

  t.test('what may not be repeated is not', async t => {
    const { upstream, front } = await start(t, { answer: closesAfterFirst() })
    await sendRaw(front.port, get)
    t.match(await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n'), {
      status: 502,
    })
    t.equal(upstream.requests.length, 2)
  })

  t.test('an upstream that always hangs up is asked once on a fresh connection, under TLS too', async t => {
    const authority = makeAuthority(t.testdir({}))
    const secure = await startUpstream(t, { answer: saysAndEnds(''), tls: authority.issue('IP:127.0.0.1') })
    const behind = await startFront(t, { lane, upstream: secure.address({ ca: authority.ca }) })
    t.match(await sendRaw(behind.port, get), { status: 502 })
    t.equal(secure.requests.length, 1)
    const { upstream, front } = await start(t, { answer: saysAndEnds('') })
    t.match(await sendRaw(front.port, get), { status: 502 })
    t.equal(upstream.requests.length, 1)
  })

  t.test('when all places are taken, the next one hears so at once', async t => {
    const { upstream, front } = await start(t, {
      answer: () => {},
      front: { upstreams: makeUpstreams({ connections: 2 }) },
    })
    const waiting = [await openRaw(front.port), await openRaw(front.port)]
    for (const client of waiting) client.send(get)
    await upstream.seen(2)
    t.match(await sendRaw(front.port, get), { status: 503 })
    t.match(front.passages, [{ code: 'upstream-busy', retryAfterSeconds: 1 }])
    for (const client of waiting) client.socket.destroy()
    await front.over(3)
  })

  t.test('an upstream on a unix socket', async t => {
    const socketPath = join(t.testdir({}), 'app.sock')
    const { front } = await start(t, { socketPath })
    t.ok(existsSync(socketPath))
    t.match(JSON.parse((await sendRaw(front.port, get)).body), { target: '/x' })
  })
}

/** Answers the first request on its first connection, and hangs up on the second. */
function closesAfterFirst(hangUp: (socket: Socket) => unknown = socket => socket.end()): Script {
  const answered = new WeakSet<Socket>()
  return ({ request, socket }) => {
    if (answered.has(socket)) hangUp(socket)
    else socket.write(ok(String(request.connection)))
    answered.add(socket)
  }
}
