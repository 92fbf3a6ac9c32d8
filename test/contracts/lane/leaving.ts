// What happens to one side when the other leaves, on every lane.
import { once } from 'node:events'
import type { Test as TapTest } from 'tap'
import { SallyportError } from '../../../src/core/errors.ts'
import type { Lane } from '../../../src/proxy/lane.ts'
import { fieldOf, openRaw, sendRaw } from '../../support/raw.ts'
import { says, saysAndEnds, type TestUpstream } from '../../support/upstream.ts'
import { get, ok, stalls, startsWith } from './setting.ts'

export function laneLeaving(t: TapTest, lane: Lane): void {
  const start = startsWith(lane)

  t.test('a client that leaves before the answer takes the upstream request with it', async t => {
    const { upstream, front } = await start(t, { answer: () => {} })
    const client = await openRaw(front.port)
    client.send(get)
    await upstream.seen(1)
    client.socket.destroy()
    await closedAll(upstream)
    await front.over(1)
    t.strictSame(front.passages, [{ kind: 'client-left' }])
  })

  t.test('a client that leaves amid the answer too', async t => {
    const { upstream, front } = await start(t, { answer: says('HTTP/1.1 200 OK\r\n\r\nfirst') })
    const client = await openRaw(front.port)
    client.send(get)
    await client.wire.until('first')
    client.socket.destroy()
    await closedAll(upstream)
    await front.over(1)
    t.strictSame(front.passages, [{ kind: 'client-left' }])
  })

  t.test('a client that leaves takes along what it had pipelined', async t => {
    const { upstream, front } = await start(t, { answer: () => {} })
    const client = await openRaw(front.port)
    client.send(get.repeat(20))
    await upstream.seen(20)
    client.socket.destroy()
    await closedAll(upstream)
    await front.over(20)
    t.ok(front.passages.every(passage => 'kind' in passage && passage.kind === 'client-left'))
  })

  t.test('a client that leaves amid its body leaves no half request in the pool (d-20)', async t => {
    const { upstream, front } = await start(t)
    const client = await openRaw(front.port)
    client.send('POST /half HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100\r\n\r\nhalf')
    while (upstream.sockets.length === 0) await new Promise(setImmediate)
    client.socket.destroy()
    await front.over(1)
    t.match(JSON.parse((await sendRaw(front.port, get)).body), { target: '/x', body: '' })
    t.strictSame(
      upstream.requests.map(({ target }) => target),
      ['/x'],
    )
  })

  t.test('an upstream that breaks off breaks the client’s connection, and never completes it (Q-17, d-24)', async t => {
    const halves = [
      'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nhalf',
    ]
    for (const half of halves) {
      const { front, upstream } = await start(t, { answer: saysAndEnds(half) })
      const client = await openRaw(front.port)
      client.send(get)
      t.equal(await client.answer(), undefined, 'no whole answer')
      await client.closed
      await front.over(1)
      t.match(front.passages, [{ kind: 'broken', error: SallyportError }])
      t.equal(upstream.requests.length, 1)
    }
  })

  t.test('a reset in a body that ends with its connection is no end of it (d-24)', async t => {
    const { upstream, front } = await start(t, { answer: says('HTTP/1.1 200 OK\r\n\r\nhalf') })
    const client = await openRaw(front.port)
    client.send(get)
    await client.wire.until('half')
    upstream.sockets[0]?.resetAndDestroy()
    await client.closed
    t.notMatch(client.wire.peek(), /^0\r\n/m)
    await front.over(1)
    t.match(front.passages, [{ kind: 'broken', error: SallyportError }])
  })

  t.test('a refusal may end by a reset, because the upstream has not read all of what it refuses', async t => {
    const { upstream, front } = await start(t, { answer: says('HTTP/1.1 431 No\r\nConnection: close\r\n\r\nno') })
    const client = await openRaw(front.port)
    client.send(get)
    await client.wire.until('no')
    upstream.sockets[0]?.resetAndDestroy()
    await front.over(1)
    t.strictSame(front.passages, [{ kind: 'relayed' }])
    client.socket.destroy()
  })

  t.test('an answer before the end of the upload is relayed, then the connection ends (d-21)', async t => {
    const { upstream, front } = await start(t, { onHead: ({ socket }) => socket.write(ok('no thanks')) })
    const client = await openRaw(front.port)
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100\r\n\r\nGET /admin HTTP/1.1\r\n')
    const answer = await client.answer('POST')
    t.match(answer, { status: 200, body: 'no thanks' })
    t.equal(fieldOf(answer?.headers ?? [], 'connection'), 'close')
    await client.closed
    t.match(await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\n\r\n'), { body: 'no thanks' })
    t.equal(upstream.sockets.length, 2, 'nor is the upstream connection used again')
  })

  t.test('an upload that the upstream stops reading ends by the idle time, wherever its last bytes are', async t => {
    const timeouts = { connectMs: 3000, responseMs: 300, idleMs: 300 }
    for (const bytes of [1_000_000, 4_260_000]) {
      const { upstream, front } = await start(t, { front: { route: { timeouts } } })
      const client = await openRaw(front.port)
      client.send(`POST /x HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${bytes}\r\n\r\n`)
      while (upstream.sockets.length === 0) await new Promise(setImmediate)
      upstream.sockets[0]?.pause()
      client.send('x'.repeat(bytes))
      await front.over(1)
      t.notSame(front.passages, [{ kind: 'relayed' }], `${bytes} bytes`)
      client.socket.destroy()
    }
  })

  t.test('a client that reads slowly what comes in crumbs costs one listener, and gets all of it', async t => {
    const crumbs = 30_000
    const warnings: Error[] = []
    const note = (warning: Error) => void warnings.push(warning)
    process.on('warning', note)
    t.teardown(() => process.off('warning', note))
    const { front } = await start(t, {
      answer: saysAndEnds(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(crumbs)}0\r\n\r\n`,
      ),
    })
    const client = await openRaw(front.port)
    client.socket.pause()
    client.send(get)
    await stalls(() => client.socket.bytesRead)
    client.socket.resume()
    t.equal((await client.answer())?.body.length, crumbs)
    t.strictSame(warnings, [])
  })
}

async function closedAll(upstream: TestUpstream): Promise<void> {
  for (const socket of upstream.sockets) if (!socket.closed) await once(socket, 'close')
}
