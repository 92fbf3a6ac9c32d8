import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { Route } from '../../src/core/route.ts'
import { lanes } from '../../src/proxy/lanes.ts'
import { type Opened, stopping, type Tunnel } from '../../src/proxy/tunnel.ts'
import { makeAuthority } from '../support/certificates.ts'
import { startFront } from '../support/front.ts'
import { fieldOf, fieldsOf, openRaw } from '../support/raw.ts'
import {
  type Script,
  says,
  saysAndEnds,
  startUpstream,
  switchesAndEchoes,
  type UpstreamOptions,
} from '../support/upstream.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const upgrade = (more = '') =>
  `GET /ws?x HTTP/1.1\r\nHost: app.test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${more}\r\n`

async function start(t: Test, answer: Script, route: Partial<Route> = {}, options: UpstreamOptions = {}) {
  const upstream = await startUpstream(t, { answer, ...options })
  const front = await startFront(t, { lane: lanes.undici, upstream: upstream.address(), route })
  const client = await openRaw(front.port)
  t.teardown(() => client.socket.destroy())
  return { upstream, front, client }
}

t.test('a websocket passes both ways once both sides have agreed', async t => {
  const { upstream, front, client } = await start(
    t,
    switchesAndEchoes('Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=1\r\n'),
  )
  client.send(
    upgrade('Sec-WebSocket-Protocol: chat, mail\r\nCookie: __Host-sallyport=1; a=b\r\nX-Forwarded-User: root\r\n'),
  )
  const answer = await client.head()
  t.match(answer, { status: 101 })
  t.strictSame(fieldsOf(answer?.headers ?? [], 'upgrade'), ['websocket'])
  t.equal(fieldOf(answer?.headers ?? [], 'sec-websocket-protocol'), 'chat')
  t.equal(fieldOf(answer?.headers ?? [], 'sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  t.equal(fieldOf(answer?.headers ?? [], 'set-cookie'), 'a=1')
  client.send('\x81\x02hi')
  t.equal(await client.wire.until('hi'), '\x81\x02hi')
  const [seen] = upstream.requests
  t.equal(seen?.line, 'GET /ws?x HTTP/1.1')
  t.strictSame(fieldsOf(seen?.headers ?? [], 'connection'), ['Upgrade'])
  t.strictSame(fieldsOf(seen?.headers ?? [], 'upgrade'), ['websocket'])
  t.strictSame(fieldsOf(seen?.headers ?? [], 'x-forwarded-user'), ['ann'])
  t.equal(fieldOf(seen?.headers ?? [], 'cookie'), 'a=b')
  client.socket.end()
  await front.over(1)
  t.equal(await tunnelOf(front.tunnels[0])?.closed, 'closed')
})

t.test('Connection cannot name away what is ours, on upgrades either (H-15)', async t => {
  const { upstream, client } = await start(t, switchesAndEchoes())
  client.send(upgrade('Connection: upgrade, x-forwarded-user, x-forwarded-for\r\n'))
  await client.head()
  t.strictSame(fieldsOf(upstream.requests[0]?.headers ?? [], 'x-forwarded-user'), ['ann'])
  t.strictSame(fieldsOf(upstream.requests[0]?.headers ?? [], 'x-forwarded-for'), ['127.0.0.1'])
})

t.test('hop-by-hop headers of a 101 end here (W-07)', async t => {
  const { client } = await start(
    t,
    switchesAndEchoes(
      'Alt-Svc: h3=":443"\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nSet-Cookie: __Host-sallyport=evil\r\n',
    ),
  )
  client.send(upgrade())
  const answer = await client.head()
  t.equal(answer?.status, 101)
  for (const name of ['alt-svc', 'keep-alive', 'proxy-authenticate', 'set-cookie'])
    t.equal(fieldOf(answer?.headers ?? [], name), undefined)
})

t.test('bytes from before the answer reach the upstream only behind a 101 (Q-19)', async t => {
  const early = Promise.withResolvers<string>()
  const { upstream, client } = await start(t, async turn => {
    early.resolve(turn.wire.peek())
    return switchesAndEchoes()(turn)
  })
  client.send(`${upgrade()}early`)
  t.equal((await client.head())?.status, 101)
  t.equal(await client.wire.until('early'), 'early')
  t.equal(await early.promise, '')
  t.equal(upstream.requests.length, 1)
})

t.test('any other answer is relayed as it is, and what the client says next reaches nobody (W-06)', async t => {
  const answers: Array<[string, object]> = [
    ['HTTP/1.1 403 No\r\nX-Why: a\r\nContent-Length: 4\r\n\r\nnope', { status: 403, body: 'nope' }],
    ['HTTP/1.1 426 Upgrade\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n', { status: 426, body: '' }],
    [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n',
      { status: 200, body: 'onetwo' },
    ],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Go\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n', { status: 302 }],
  ]
  for (const [bytes, expected] of answers) {
    const { upstream, front, client } = await start(t, says(bytes))
    client.send(`${upgrade()}GET /admin HTTP/1.1\r\nHost: app.test\r\n\r\n`)
    const answer = await client.answer()
    t.match(answer, expected)
    t.equal(fieldOf(answer?.headers ?? [], 'connection'), 'close')
    client.send('GET /admin HTTP/1.1\r\nHost: app.test\r\n\r\n')
    await client.closed
    t.strictSame(
      upstream.requests.map(({ target }) => target),
      ['/ws?x'],
    )
    t.match(front.tunnels, [{ status: (expected as { status: number }).status }])
    if (upstream.open() > 0) await Promise.all(upstream.sockets.map(socket => once(socket, 'close')))
  }
})

t.test('an answer to an upgrade that is longer than any buffer arrives whole', async t => {
  const page = 'x'.repeat(3_000_000)
  const { client } = await start(t, says(`HTTP/1.1 403 No\r\nContent-Length: ${page.length}\r\n\r\n${page}`))
  client.send(upgrade())
  t.equal((await client.answer())?.body.length, page.length)
  await client.closed
})

t.test('an answer to an upgrade that ends at the end of its connection, and one that breaks off', async t => {
  const whole = await start(t, saysAndEnds('HTTP/1.1 500 No\r\n\r\nsorry'))
  whole.client.send(upgrade())
  t.match(await whole.client.answer(), { status: 500, body: 'sorry' })
  const half = await start(t, saysAndEnds('HTTP/1.1 500 No\r\nContent-Length: 50\r\n\r\nsorry'))
  half.client.send(upgrade())
  t.equal(await half.client.answer(), undefined)
})

t.test('a 101 that is no answer to this handshake is a 502', async t => {
  const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
  const answers = [
    `${switched}\r\n`,
    `${switched}Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n`,
    `${switched}${accept}Sec-WebSocket-Protocol: evil\r\n\r\n`,
    `${switched}${accept}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n${accept}\r\n`,
    'garbage\r\n\r\n',
    `HTTP/1.1 403 No\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
    'HTTP/1.1 403 No\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 403 No\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 403 No\r\nX: a\0b\r\n\r\n',
  ]
  for (const bytes of answers) {
    const { front, client } = await start(t, saysAndEnds(bytes))
    client.send(upgrade())
    t.match(await client.answer(), { status: 502 }, bytes.slice(0, 60))
    t.match(front.tunnels, [{ code: 'upstream-invalid' }])
  }
})

t.test('an upstream that cannot be reached, or says nothing, has its status', async t => {
  const gone = await start(t, () => {})
  await gone.upstream.close()
  gone.client.send(upgrade())
  t.match(await gone.client.answer(), { status: 502 })
  t.match(gone.front.tunnels, [{ code: 'upstream-unreachable' }])
  const silent = await start(t, () => {}, { timeouts: { connectMs: 3000, responseMs: 100, idleMs: 30_000 } })
  silent.client.send(upgrade())
  t.match(await silent.client.answer(), { status: 504 })
  t.match(silent.front.tunnels, [{ code: 'upstream-timeout' }])
})

t.test('a client that leaves before the answer takes the connection with it', async t => {
  const { upstream, front, client } = await start(t, () => {})
  client.send(upgrade())
  await upstream.seen(1)
  client.socket.destroy()
  await front.over(1)
  for (const socket of upstream.sockets) if (!socket.closed) await once(socket, 'close')
  t.equal(upstream.open(), 0)
})

t.test('when one side breaks, the other side hears of it', async t => {
  const { upstream, front, client } = await start(t, switchesAndEchoes())
  client.send(upgrade())
  await client.head()
  upstream.sockets[0]?.resetAndDestroy()
  await client.closed
  t.equal(await tunnelOf(front.tunnels[0])?.closed, 'broken')
})

t.test('the end of one direction leaves the other open', async t => {
  const lastWords: Script = async ({ request: _, socket, wire }) => {
    await switchHead(socket)
    t.equal(await wire.rest(), 'bye')
    socket.end('last words')
    return false
  }
  const { client } = await start(t, lastWords)
  client.send(upgrade())
  await client.head()
  client.socket.end('bye')
  t.equal(await client.wire.rest(), 'last words')
})

t.test('silence ends a tunnel, and so do we', async t => {
  const idle = await start(t, switchesAndEchoes(), { timeouts: { connectMs: 3000, responseMs: 3000, idleMs: 100 } })
  idle.client.send(upgrade())
  await idle.client.closed
  const ended = await start(t, switchesAndEchoes())
  ended.client.send(upgrade())
  await ended.client.head()
  t.equal(await tunnelOf(idle.front.tunnels[0])?.closed, 'idle')
  tunnelOf(ended.front.tunnels[0])?.close(stopping)
  await ended.client.closed
  t.equal(await tunnelOf(ended.front.tunnels[0])?.closed, 'closed')
})

t.test('neither side is read faster than the other takes it', async t => {
  const { upstream, client } = await start(t, async ({ socket }) => {
    await switchHead(socket)
    socket.pause()
    return false
  })
  client.send(upgrade())
  await client.head()
  const size = 64 * 1024 * 1024
  client.socket.write(Buffer.alloc(size))
  for (let before = -1, same = 0; same < 10; ) {
    await new Promise(resolve => setTimeout(resolve, 30))
    same = client.socket.writableLength === before ? same + 1 : 0
    before = client.socket.writableLength
  }
  t.ok(client.socket.writableLength > size / 2, 'most of it is still at the client')
  upstream.sockets[0]?.destroy()
})

t.test('an https upstream and one on a unix socket', async t => {
  const authority = makeAuthority(t.testdir({}))
  const secure = await startUpstream(t, { answer: switchesAndEchoes(), tls: authority.issue('IP:127.0.0.1') })
  const socketPath = `${t.testdirName}/ws.sock`
  const local = await startUpstream(t, { answer: switchesAndEchoes(), socketPath })
  for (const [address, status] of [
    [secure.address({ ca: authority.ca }), 101],
    [secure.address(), 502],
    [local.address(), 101],
  ] as const) {
    const front = await startFront(t, { lane: lanes.undici, upstream: address })
    const client = await openRaw(front.port)
    client.send(upgrade())
    t.equal((await client.head())?.status, status)
    client.send('hi')
    if (status === 101) t.equal(await client.wire.until('hi'), 'hi')
    client.socket.destroy()
  }
})

const tunnelOf = (opened: Opened | Error | undefined): Tunnel | undefined =>
  opened && 'tunnel' in opened ? opened.tunnel : undefined

async function switchHead(socket: NodeJS.WritableStream): Promise<void> {
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
  )
}
