import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { Secret } from '../../src/core/secret.ts'
import type { ServerConfig } from '../../src/core/settings.ts'
import { openFrontGate, type Visitors } from '../../src/http/front-gate.ts'
import { listen } from '../../src/http/listen.ts'
import { makeAuthority } from '../support/certificates.ts'
import { fieldOf, openRaw, sendRaw } from '../support/raw.ts'
import { head, serverSettings } from '../support/visits.ts'

const get = head('GET /')

const world = async (t: Test, settings: Partial<ServerConfig> = {}, visitors: Partial<Visitors> = {}) => {
  const seen: string[] = []
  const gate = openFrontGate(serverSettings(settings), {
    handle(req, res) {
      seen.push(`${req.method} ${req.url}`)
      if (visitors.handle) visitors.handle(req, res)
      else res.end('hello')
    },
    upgrade(_req, socket) {
      seen.push('upgrade')
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    },
  })
  const at = await listen(gate.server, { host: '127.0.0.1', port: 0 })
  t.teardown(() => gate.close({ idle: Promise.resolve(), withinMs: 0, beforeCut: () => {} }))
  return { gate, seen, port: 'port' in at ? at.port : 0 }
}

const bare = (status: number) => ({ status, body: '', closed: true })

t.test('what the parser refuses gets a bare answer and never becomes a request (Q-05)', async t => {
  const { port, seen } = await world(t, { limits: { ...serverSettings().limits, headerBytes: 2048 } })
  for (const [bytes, status] of [
    [head('GET /', `X-Long: ${'x'.repeat(3000)}`), 431],
    [head(`GET /${'x'.repeat(3000)}`), 431],
    ['garbage\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    [head('GET /', 'Content-Length: 1', 'Content-Length: 2'), 400],
    [head('GET /', 'Content-Length: 1', 'Transfer-Encoding: chunked'), 400],
    [head('GET /', 'Content-Length: -1'), 400],
    [head('GET /', 'X : 1'), 400],
    [head('GET /', 'X: 1', ' folded'), 400],
    [head('GET /', 'X: a\0b'), 400],
    [head('NOSUCHMETHOD /'), 400],
  ] as const)
    t.match(await sendRaw(port, bytes), bare(status), JSON.stringify(bytes.slice(0, 60)))
  t.same(seen, [])
  t.match(await sendRaw(port, head('GET /', 'Connection: close')), { status: 200 })
})

t.test('a request that takes too long is told so', async t => {
  const { gate, port } = await world(t)
  const connected = once(gate.server, 'connection') as Promise<[Socket]>
  const client = await openRaw(port)
  const [socket] = await connected
  client.send('GET / HT')
  // Node looks at its clocks every thirty seconds; this is what it says then.
  gate.server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
  t.match(await client.answer(), { status: 408, body: '' })
  await client.closed
})

t.test(
  'a connection rests longer than a load balancer keeps it, so none is used that we have closed (lesson 112)',
  async t => {
    const { gate, port } = await world(t)
    t.ok(gate.server.keepAliveTimeout > 60_000)
    const { headers } = await sendRaw(port, get)
    t.equal(fieldOf(headers, 'keep-alive'), 'timeout=75')
  },
)

t.test('whoever says nothing, or never begins TLS, is let go', async t => {
  const { cert, key } = makeAuthority(t.testdir()).issue('DNS:app.test')
  const tls = { cert, key: new Secret(key), minVersion: 'TLSv1.2' } as const
  const limits = { ...serverSettings().limits, requestMs: 300 }
  for (const settings of [{ limits }, { limits, tls }]) {
    const { port } = await world(t, settings)
    const silent = await openRaw(port)
    await silent.closed
    t.notMatch(await silent.wire.rest(), '200')
  }
})

t.test('CONNECT is refused, and no tunnel is opened', async t => {
  const { port, seen } = await world(t)
  t.match(await sendRaw(port, 'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n'), bare(405))
  t.same(seen, [])
})

t.test('only a websocket is an upgrade; any other wish is an ordinary request', async t => {
  const { port, seen } = await world(t)
  for (const protocol of ['h2c', 'TLS/1.0', 'websocket, h2c', 'other'])
    t.match(
      await sendRaw(port, head('GET /x', 'Connection: Upgrade', `Upgrade: ${protocol}`)),
      { status: 200 },
      protocol,
    )
  t.match(await sendRaw(port, head('GET /x', 'Connection: Upgrade', 'Upgrade: WebSocket')), { status: 400 })
  t.same(seen, ['GET /x', 'GET /x', 'GET /x', 'GET /x', 'upgrade'])
})

t.test('an upload that waits to be told is not told by the gate', async t => {
  const { port } = await world(t)
  const answer = await sendRaw(port, head('POST /', 'Expect: 100-continue', 'Content-Length: 5', 'Connection: close'))
  t.match(answer, { status: 200, informational: [] })
})

t.test('more connections than limits.connections are not accepted', async t => {
  const { port } = await world(t, { limits: { ...serverSettings().limits, connections: 1 } })
  const first = await openRaw(port)
  first.send(get)
  t.match(await first.answer(), { status: 200 })
  const second = await openRaw(port)
  await second.closed
  t.equal(await second.wire.rest(), '')
  first.send(get)
  t.match(await first.answer(), { status: 200 }, 'who is inside is not disturbed')
  first.socket.destroy()
})

t.test('closing lets a request under way finish, ends what is at rest, and lets nobody in', async t => {
  const answers: ServerResponse[] = []
  const { gate, port } = await world(t, {}, { handle: (_req, res) => void answers.push(res) })
  const resting = await openRaw(port)
  const busy = await openRaw(port)
  busy.send(get)
  while (answers.length === 0) await new Promise(resolve => setImmediate(resolve))
  const idle = Promise.withResolvers<void>()
  const order: string[] = []
  const closed = gate.close({ idle: idle.promise, withinMs: 60_000, beforeCut: () => order.push('cut') })
  await t.rejects(openRaw(port), { code: 'ECONNREFUSED' })
  t.same(order, [])
  answers[0]?.once('close', idle.resolve).end('done')
  t.match(await busy.answer(), { status: 200, body: 'done' })
  await closed
  await Promise.all([resting.closed, busy.closed])
  t.same(order, ['cut'])
})

t.test('who does not finish within the time is cut off', async t => {
  const { gate, port } = await world(t, {}, { handle: () => {} })
  const busy = await openRaw(port)
  busy.send(get)
  await gate.close({ idle: new Promise(() => {}), withinMs: 20, beforeCut: () => {} })
  await busy.closed
  t.equal(await busy.wire.rest(), '')
})

t.test('a certificate is swapped for new connections, and its oldest version of TLS is kept', async t => {
  const authority = makeAuthority(t.testdir({}))
  const tlsOf = (names: string) => {
    const { cert, key } = authority.issue(names)
    return { cert, key: new Secret(key), minVersion: 'TLSv1.3' } as const
  }
  const { gate, port } = await world(t, { tls: tlsOf('DNS:one.test') })
  const namesAt = async (maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: authority.ca,
      checkServerIdentity: () => undefined,
      maxVersion,
    })
    await once(socket, 'secureConnect')
    const { subjectaltname } = socket.getPeerCertificate()
    socket.destroy()
    return subjectaltname
  }
  t.equal(await namesAt(), 'DNS:one.test')
  gate.prepare(serverSettings({ tls: tlsOf('DNS:two.test') }))()
  t.equal(await namesAt(), 'DNS:two.test')
  await t.rejects(namesAt('TLSv1.2'), 'an older version is not spoken')
})

t.test('a certificate that cannot be served is known before anything has changed', async t => {
  const authority = makeAuthority(t.testdir())
  const tlsOf = (how?: { rsaBits: number }) => {
    const { cert, key } = authority.issue('DNS:one.test', how)
    return { cert, key: new Secret(key), minVersion: 'TLSv1.2' } as const
  }
  const { gate, port } = await world(t, { tls: tlsOf() })
  const weak = serverSettings({ tls: tlsOf({ rsaBits: 1024 }) })
  t.throws(() => gate.prepare(weak), { code: 'ERR_SSL_EE_KEY_TOO_SMALL' })
  gate.prepare(serverSettings({ tls: tlsOf() }))
  const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, checkServerIdentity: () => undefined })
  await once(socket, 'secureConnect')
  socket.destroy()
})

t.test('how many connections there may be can change while the socket stays open', async t => {
  const { gate, port } = await world(t, { limits: { ...serverSettings().limits, connections: 1 } })
  const first = await openRaw(port)
  t.teardown(() => first.socket.destroy())
  const isRefused = async () => {
    const client = await openRaw(port)
    t.teardown(() => client.socket.destroy())
    client.send(get)
    return (await client.answer()) === undefined
  }
  t.equal(await isRefused(), true)
  gate.prepare(serverSettings())()
  t.equal(await isRefused(), false)
})
