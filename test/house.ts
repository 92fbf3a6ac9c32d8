import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startGateAt } from './support/gate.ts'
import { openRaw, type RawConnection } from './support/raw.ts'
import { startRogueProvider } from './support/rogue-provider.ts'
import { startUpstream } from './support/upstream.ts'

/** An upstream that answers only when it is told to, and a gateway that waits for it as long as `drain` says. */
const world = async (t: Test, drain = '5s') => {
  const upstream = await startUpstream(t, { answer: () => {} })
  const rogue = await startRogueProvider(t)
  const routes = [{ name: 'app', upstream: `http://127.0.0.1:${upstream.port}`, public: true, websocket: true }]
  const server = { drain }
  const running = await startGateAt(t, { provider: rogue, settings: { server }, routes })
  const { port, origin } = running.gate
  const ask = async (path: string): Promise<RawConnection> => {
    const client = await openRaw(port)
    t.teardown(() => client.socket.destroy())
    client.send(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
    await upstream.seen(upstream.requests.length + 1)
    return client
  }
  const finish = (connection: number) =>
    upstream.sockets[connection]?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone')
  const reload = () => running.gate.reload({ server: { listen: `127.0.0.1:${port}`, publicUrl: origin, drain } })
  return { ...running, upstream, ask, finish, reload }
}

t.test('a stop waits for every generation that still has visitors', async t => {
  const { gate, ask, finish, reload } = await world(t)
  const older = await ask('/older')
  await reload()
  const newer = await ask('/newer')
  const stopped = gate.stop()
  await t.rejects(openRaw(gate.port), { code: 'ECONNREFUSED' }, 'nobody new comes in')
  finish(1)
  t.match(await newer.answer(), { status: 200, body: 'done' })
  finish(0)
  t.match(await older.answer(), { status: 200, body: 'done' })
  await stopped
  t.match(
    gate.lines.filter(({ msg }) => msg === 'access').map(({ path }) => path),
    ['/newer', '/older'],
  )
  t.equal(gate.lines.at(-1)?.msg, 'stopped')
})

t.test('but not for longer than server.drain', async t => {
  const { gate, upstream, ask } = await world(t, '50ms')
  const client = await ask('/never')
  await gate.stop()
  await client.closed
  t.equal(await client.wire.rest(), '')
  while (upstream.open() > 0) await new Promise(resolve => setTimeout(resolve, 10))
  t.equal(upstream.open(), 0, 'and the upstream is let go')
})

t.test('a kept-alive connection that is at rest ends at once', async t => {
  const { gate, ask, finish } = await world(t)
  const resting = await ask('/resting')
  finish(0)
  t.match(await resting.answer(), { status: 200 })
  await Promise.all([gate.stop(), resting.closed])
  t.equal(await resting.wire.rest(), '')
})

t.test('both listeners say where they are, and are gone after a stop', async t => {
  const { gate } = await world(t)
  t.match(gate.house.listening, { host: '127.0.0.1', port: gate.port })
  const line = gate.lines.find(({ msg }) => msg === 'listening')
  t.match(line, { listening: { port: gate.port }, admin: { port: gate.adminPort }, routes: 1 })
  t.equal((await fetch(`http://127.0.0.1:${gate.adminPort}/livez`)).status, 200)
  await gate.stop()
  for (const port of [gate.port, gate.adminPort]) await t.rejects(openRaw(port), { code: 'ECONNREFUSED' })
})

t.test('a reload hands new requests to the new rules while the old ones still have a visitor', async t => {
  const { gate, browser, ask, finish } = await world(t)
  const older = await ask('/older')
  await gate.reload({ routes: [{ name: 'app', upstream: 'http://127.0.0.1:9', allow: [{ authenticated: true }] }] })
  t.equal((await browser.fetch('/newer')).status, 401)
  finish(0)
  t.match(await older.answer(), { status: 200, body: 'done' })
  older.send(`GET /again HTTP/1.1\r\nHost: localhost:${gate.port}\r\n\r\n`)
  t.match(await older.answer(), { status: 401 }, 'and so is the next one on the same connection')
})

t.test('a change that needs a restart is said once at each reload, with its key, and the rest is done', async t => {
  const { gate, browser, upstream, finish } = await world(t)
  const routes = [{ name: 'renamed', upstream: `http://127.0.0.1:${upstream.port}`, public: true, websocket: true }]
  const server = { listen: '127.0.0.1:1', publicUrl: gate.origin }
  const warned = () => gate.lines.filter(({ key }) => key === 'server.listen')
  for (const times of [1, 2]) {
    await gate.reload({ server, routes })
    t.equal(warned().length, times)
  }
  t.match(warned()[0], { level: 'warn', msg: /needs a restart/ })
  const answer = browser.fetch('/')
  await upstream.seen(1)
  finish(0)
  t.equal((await answer).status, 200)
  t.equal(gate.access('/')?.route, 'renamed')
})

t.test('an upgrade that an upstream grants when all others had to go does not keep the house open', async t => {
  const { gate, upstream } = await world(t, '50ms')
  const client = await openRaw(gate.port)
  t.teardown(() => client.socket.destroy())
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  client.send(
    `GET /ws HTTP/1.1\r\nHost: localhost:${gate.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  await upstream.seen(1)
  const stopped = gate.stop()
  await pause(300)
  upstream.sockets[0]?.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
  )
  await t.resolves(stopped)
})
