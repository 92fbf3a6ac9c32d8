// What the upstream gets of a request, on every lane.
import type { Test as TapTest } from 'tap'
import type { Lane } from '../../../src/proxy/lane.ts'
import { fieldOf, fieldsOf, openRaw, sendRaw } from '../../support/raw.ts'
import type { Script } from '../../support/upstream.ts'
import { get, ok, stalls, startsWith } from './setting.ts'

export function laneRequests(t: TapTest, lane: Lane): void {
  const start = startsWith(lane)

  t.test('the upstream gets our request line and headers, and nothing that ends here', async t => {
    const { upstream, front } = await start(t)
    const headers =
      'X-Custom: a\r\nX-Custom: b\r\nConnection: keep-alive, X-Hop, X-Forwarded-User\r\nX-Hop: 1\r\nX-Forwarded-User: root\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n'
    await sendRaw(front.port, `GET /%70ath/./x?q=%zz HTTP/1.1\r\nHost: app.test\r\n${headers}\r\n`.replace('/./', '/'))
    const [seen] = upstream.requests
    t.equal(seen?.line, 'GET /%70ath/x?q=%zz HTTP/1.1')
    t.strictSame(fieldsOf(seen?.headers ?? [], 'x-custom'), ['a', 'b'])
    t.strictSame(fieldsOf(seen?.headers ?? [], 'x-forwarded-user'), ['ann'])
    t.strictSame(fieldsOf(seen?.headers ?? [], 'host'), ['app.test'])
    for (const name of ['x-hop', 'te', 'upgrade', 'http2-settings', 'content-length', 'transfer-encoding'])
      t.equal(fieldOf(seen?.headers ?? [], name), undefined, name)
  })

  t.test('every method passes as it is', async t => {
    const { upstream, front } = await start(t)
    const methods = ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'PATCH', 'PROPFIND', 'REPORT', 'QUERY']
    for (const method of methods)
      t.equal((await sendRaw(front.port, `${method} / HTTP/1.1\r\nHost: app.test\r\n\r\n`)).status, 200, method)
    t.strictSame(
      upstream.requests.map(({ method }) => method),
      methods,
    )
  })

  t.test('a body with a length arrives with that length', async t => {
    const { upstream, front } = await start(t)
    await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 010\r\n\r\n0123456789')
    t.match(upstream.requests[0], { body: '0123456789' })
    t.strictSame(fieldsOf(upstream.requests[0]?.headers ?? [], 'content-length'), ['10'])
  })

  t.test('a chunked body arrives whole, without its trailers', async t => {
    const { upstream, front } = await start(t)
    const body = '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Forwarded-User: root\r\n\r\n'
    await sendRaw(
      front.port,
      `POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-User\r\n\r\n${body}`,
    )
    t.match(upstream.requests[0], { body: 'hello world', trailers: [] })
    t.equal(upstream.requests[0]?.head.includes('root'), false)
  })

  t.test('a GET has its body too, and what looks like a request in it is none (Q-27)', async t => {
    const { upstream, front } = await start(t)
    const body = 'GET /admin HTTP/1.1\r\nX: '
    const client = await openRaw(front.port)
    client.send(`GET /x HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${body.length}\r\n\r\n${body}${get}`)
    t.match(await client.answer(), { status: 200 })
    t.match(await client.answer(), { status: 200 })
    t.strictSame(
      upstream.requests.map(({ target, body }) => [target, body]),
      [
        ['/x', body],
        ['/x', ''],
      ],
    )
    client.socket.destroy()
  })

  t.test('a body of no bytes is no obstacle', async t => {
    const { upstream, front } = await start(t)
    await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n')
    await sendRaw(front.port, 'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
    t.strictSame(
      upstream.requests.map(({ body }) => body),
      ['', ''],
    )
  })

  t.test('a body streams: the upstream has the first bytes before the last are sent', async t => {
    const arrived = Promise.withResolvers<string>()
    const { front } = await start(t, {
      onHead: async ({ socket, wire }) => {
        arrived.resolve(await wire.some())
        await wire.until('0\r\n\r\n')
        socket.write(ok('thanks'))
        return true
      },
    })
    const client = await openRaw(front.port)
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n')
    t.match(await arrived.promise, /one/)
    client.send('0\r\n\r\n')
    t.match(await client.answer('POST'), { body: 'thanks' })
    client.socket.destroy()
  })

  t.test('Expect ends here: one 100 from us, none asked of the upstream', async t => {
    const { upstream, front } = await start(t)
    const answer = await sendRaw(
      front.port,
      'POST / HTTP/1.1\r\nHost: app.test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi',
    )
    t.equal(answer.informational.length, 1)
    t.match(answer, { status: 200 })
    t.equal(fieldOf(upstream.requests[0]?.headers ?? [], 'expect'), undefined)
  })

  t.test('a body over the limit is refused, whole at the upstream it never was', async t => {
    const { upstream, front } = await start(t, { front: { exchange: { bodyBytes: 8 } } })
    const answer = await sendRaw(
      front.port,
      'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n',
    )
    t.equal(answer.status, 413)
    t.equal(upstream.requests.length, 0)
  })

  t.test('an upload is not read faster than the upstream takes it (D-17)', async t => {
    const { front } = await start(t, { onHead: neverReads })
    const client = await openRaw(front.port)
    const size = 64 * 1024 * 1024
    client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${size}\r\n\r\n`)
    client.socket.write(Buffer.alloc(size))
    await stalls(() => client.socket.bytesWritten - client.socket.writableLength)
    t.ok(client.socket.writableLength > size / 2, 'most of it is still at the client')
    client.socket.destroy()
  })
}

const neverReads: Script = ({ socket }) => {
  socket.pause()
  return new Promise(() => {})
}
