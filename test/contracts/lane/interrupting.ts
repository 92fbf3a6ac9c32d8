// An exchange that may not go on, on every lane: the upstream is let go, and the client never takes half an answer for a whole one.
import type { Test as TapTest } from 'tap'
import type { Lane } from '../../../src/proxy/lane.ts'
import type { Carrier } from '../../../src/proxy/open-stream.ts'
import { openRaw, sendRaw } from '../../support/raw.ts'
import { says, type TestUpstream } from '../../support/upstream.ts'
import { get, ok, type Setting, startsWith } from './setting.ts'

export function laneInterrupting(t: TapTest, lane: Lane): void {
  const start = async (t: TapTest, setting: Setting = {}) => {
    const carriers: Carrier[] = []
    const stream = { carriedBy: (carrier: Carrier) => void carriers.push(carrier) }
    const running = await startsWith(lane)(t, { ...setting, front: { exchange: { stream } } })
    return { ...running, interrupt: () => carriers.at(-1)?.interrupt() }
  }

  t.test('before the answer, the client is left to whoever can answer it', async t => {
    const { upstream, front, interrupt } = await start(t, { answer: () => {} })
    const client = await openRaw(front.port)
    client.send(get)
    await upstream.seen(1)
    interrupt()
    await front.over(1)
    t.strictSame(front.passages, [{ kind: 'interrupted' }])
    await closedAll(upstream)
    t.notOk(client.wire.ended)
    client.socket.destroy()
  })

  t.test('before the upstream was even reached, too', async t => {
    const { upstream, front, interrupt } = await start(t)
    const client = await openRaw(front.port)
    client.send(get)
    while (front.passages.length === 0) {
      interrupt()
      await new Promise(setImmediate)
    }
    t.strictSame(front.passages, [{ kind: 'interrupted' }])
    t.equal(client.wire.peek(), '')
    t.strictSame(upstream.requests, [])
    client.socket.destroy()
  })

  t.test('amid an upload, the rest of it is dropped', async t => {
    const { upstream, front, interrupt } = await start(t)
    const client = await openRaw(front.port)
    client.send('POST /half HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100\r\n\r\nhalf')
    while (upstream.sockets.length === 0) await new Promise(setImmediate)
    interrupt()
    await front.over(1)
    t.strictSame(front.passages, [{ kind: 'interrupted' }])
    t.notOk(client.wire.ended)
    client.socket.destroy()
    t.match(JSON.parse((await sendRaw(front.port, get)).body), { target: '/x', body: '' })
    t.strictSame(
      upstream.requests.map(({ target }) => target),
      ['/x'],
      'and no half request is left in a connection',
    )
  })

  t.test('amid the answer, the connection breaks, and nothing completes what was sent', async t => {
    for (const begun of [
      'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
      'HTTP/1.1 200 OK\r\n\r\nhalf',
    ]) {
      const { upstream, front, interrupt } = await start(t, { answer: says(begun) })
      const client = await openRaw(front.port)
      client.send(get)
      await client.wire.until('half')
      interrupt()
      await client.closed
      t.notMatch(client.wire.peek(), /^0\r\n/m)
      await front.over(1)
      t.strictSame(front.passages, [{ kind: 'interrupted' }])
      await closedAll(upstream)
    }
  })

  t.test('when all is over there is nothing left to interrupt', async t => {
    const { upstream, front, interrupt } = await start(t, { answer: says(ok('whole')) })
    t.equal((await sendRaw(front.port, get)).body, 'whole')
    await front.over(1)
    interrupt()
    t.equal((await sendRaw(front.port, get)).body, 'whole')
    t.strictSame(front.passages[0], { kind: 'relayed' })
    t.equal(upstream.sockets.length, 1, 'the connection is still good')
  })
}

async function closedAll(upstream: TestUpstream): Promise<void> {
  while (upstream.open() > 0) await new Promise(resolve => setTimeout(resolve, 10))
}
