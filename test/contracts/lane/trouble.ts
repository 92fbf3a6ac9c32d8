import type { Test as TapTest } from 'tap'
import type { Lane } from '../../../src/proxy/lane.ts'
import { openRaw, sendRaw } from '../../support/raw.ts'
import { type Script, says, saysAndEnds } from '../../support/upstream.ts'
import { get, ok, startsWith } from './setting.ts'

export function laneTrouble(t: TapTest, lane: Lane): void {
  const start = startsWith(lane)

  t.test('an upstream that cannot be reached is a 502 without its address (L-10)', async t => {
    const { upstream, front } = await start(t)
    await upstream.close()
    const answer = await sendRaw(front.port, get)
    t.equal(answer.status, 502)
    t.notMatch(answer.head + answer.body, /127\.0\.0\.1|ECONN/)
    t.match(front.passages, [{ code: 'upstream-unreachable', cause: { code: 'ECONNREFUSED' } }])
  })

  t.test('a client with a long body hears of it as well (D-21)', async t => {
    const { upstream, front } = await start(t)
    await upstream.close()
    t.equal(
      (
        await sendRaw(
          front.port,
          `POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`,
        )
      ).status,
      502,
    )
  })

  t.test('answers that are none are a 502 (d-23)', async t => {
    const garbage = [
      'garbage\r\n\r\n',
      'HTTP/2 200\r\n\r\n',
      'HTTP/1.1 200OK\r\n\r\n',
      'HTTP/1.1 2000 OK\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n',
      'HTTP/1.1 200 OK\r\nX Y: a\r\n\r\n',
      'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n',
      'HTTP/1.1 200 OK\r\nX : a\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
      `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
      'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50),
      'HTTP/1.1 200 OK\r\nConte',
    ]
    for (const bytes of garbage) {
      const { front } = await start(t, { answer: saysAndEnds(bytes) })
      t.equal((await sendRaw(front.port, get)).status, 502, bytes.slice(0, 60))
      t.match(front.passages, [{ code: 'upstream-invalid' }])
    }
  })

  t.test('a bad chunk breaks the connection', async t => {
    const { front } = await start(t, {
      answer: says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nXY\r\n'),
    })
    const client = await openRaw(front.port)
    client.send(get)
    t.equal(await client.answer(), undefined)
  })

  t.test('bytes behind an answer without a body belong to no answer', async t => {
    const { front } = await start(t, {
      answer: ({ request, socket }) =>
        void socket.write(request.target === '/x' ? 'HTTP/1.1 204 No\r\n\r\nsurplus' : ok('fine')),
    })
    t.match(await sendRaw(front.port, get), { status: 204 })
    t.match(await sendRaw(front.port, get.replace('/x', '/y')), { body: 'fine' })
  })

  t.test('an upstream that says nothing is a 504 in time, once the body is sent', async t => {
    const front = { route: { timeouts: { connectMs: 3000, responseMs: 100, idleMs: 30_000 } } }
    const {
      front: { port, passages },
    } = await start(t, { answer: () => {}, front })
    t.equal((await sendRaw(port, get)).status, 504)
    t.equal((await sendRaw(port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\n\r\nhi')).status, 504)
    t.match(passages, [{ code: 'upstream-timeout' }, { code: 'upstream-timeout' }])
  })

  t.test('a stream that has begun is not cut by the response timeout', async t => {
    const front = { route: { timeouts: { connectMs: 3000, responseMs: 100, idleMs: 30_000 } } }
    const later: Script = ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
      setTimeout(() => socket.end('data: late\n\n'), 300)
    }
    const {
      front: { port },
    } = await start(t, { answer: later, front })
    t.match(await sendRaw(port, get), { body: 'data: late\n\n' })
  })

  t.test('silence on both sides ends a stream and an upload (D-18)', async t => {
    const front = { route: { timeouts: { connectMs: 3000, responseMs: 10_000, idleMs: 100 } } }
    const {
      front: { port, passages, over },
    } = await start(t, { answer: says('HTTP/1.1 200 OK\r\n\r\nfirst'), front })
    for (const bytes of [get, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 9\r\n\r\nhalf']) {
      const client = await openRaw(port)
      client.send(bytes)
      await client.closed
    }
    await over(2)
    t.strictSame(passages, [{ kind: 'idle' }, { kind: 'idle' }])
  })

  t.test('waiting for a slow answer is not silence', async t => {
    const front = { route: { timeouts: { connectMs: 3000, responseMs: 10_000, idleMs: 100 } } }
    const {
      front: { port },
    } = await start(t, { answer: ({ socket }) => void setTimeout(() => socket.write(ok('slow')), 300), front })
    t.match(await sendRaw(port, get), { body: 'slow' })
  })
}
