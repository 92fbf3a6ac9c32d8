import t from 'tap'
import type { Browser } from '../support/browser.ts'
import { type Settings, startGateAt } from '../support/gate.ts'
import { lanes } from '../support/lanes.ts'
import { startProvider } from '../support/provider.ts'
import { fieldOf, openRaw, type RawConnection } from '../support/raw.ts'
import { inMemory, startRedis } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { type Script, startUpstream, switchesAndEchoes, type TestUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGateAt>[0]

const provider = await startProvider(t)

const MEBIBYTE = 1024 * 1024
const HOUR = 3_600_000
/** The sweep's second, the last words of a tunnel, and some patience with a busy machine. */
const SOON_MS = 2500

const CLOSED_1008 = '\x88\x0f\x03\xf0session ended'
const CLOSED_1001 = '\x88\x12\x03\xe9gateway stopping'

const events: Script = ({ socket }) =>
  void socket.write(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata: 1\n\r\n',
  )

/** Streams of every kind. `/refuses/…` answers an upgrade with events. */
const answer: Script = turn => {
  const { request, socket } = turn
  if (/events/.test(request.target)) return events(turn)
  if (/ws/.test(request.target)) return switchesAndEchoes()(turn)
  if (/waits/.test(request.target)) return undefined
  if (/large/.test(request.target)) {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${48 * MEBIBYTE}\r\n\r\n`)
    return void socket.write(Buffer.alloc(48 * MEBIBYTE))
  }
  return void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
}

/** An upload is never answered. */
const onHead: Script = ({ request, socket, wire }) => {
  if (!/upload/.test(request.target)) return undefined
  wire.rest().then(() => socket.end())
  return true
}

async function world(t: Tap, more: { routes?: readonly Settings[]; session?: Settings } = {}) {
  const upstream = await startUpstream(t, { answer, onHead })
  const at = { upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }
  const clock = { now: Date.now() }
  const options = {
    routes: (more.routes ?? [{}]).map(route => ({ ...at, ...route })),
    provider,
    now: () => clock.now,
    ...(more.session && { settings: { session: more.session } }),
  }
  const running = await startGateAt(t, options)
  const { gate } = running
  await provider.register([`${gate.origin}/_sallyport/callback`], [`${gate.origin}/_sallyport/signed-out`])
  const reload = (routes: readonly Settings[]) =>
    gate.reload({ routes: routes.map((route, index) => ({ name: `route-${index}`, ...at, ...route })) })
  const opened = (browser: Browser, path: string, head = '', { method = 'GET', port = gate.port } = {}) =>
    open(
      t,
      port,
      `${method} ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${browser.cookies('/')}\r\n${head}\r\n`,
    )
  return {
    ...running,
    upstream,
    clock,
    reload,
    closed: (why: string) => gate.lines.filter(({ msg, why: said }) => msg === 'stream closed' && said === why),
    /** Another gateway with the same settings. */
    another: () => startGateAt(t, options),
    async websocket(browser: Browser, path = '/ws', port = gate.port) {
      const connection = await opened(browser, path, handshake, { port })
      t.equal((await connection.head())?.status, 101)
      return connection
    },
    async events(browser: Browser, path = '/events') {
      const connection = await opened(browser, path)
      t.match(await connection.wire.until('data: 1\n\r\n'), /data: 1/)
      return connection
    },
    opened,
  }
}

const handshake =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

async function open(t: Tap, port: number, bytes: string): Promise<RawConnection> {
  const connection = await openRaw(port)
  t.teardown(() => connection.socket.destroy())
  connection.send(bytes)
  return connection
}

/** Fails when the connection is still open after a while; answers what came last. */
const endsSoon = (t: Tap, connection: RawConnection, name: string) => endsWithin(t, SOON_MS, connection, name)

async function endsWithin(t: Tap, ms: number, { closed, wire }: RawConnection, name: string): Promise<string> {
  const timer = Promise.withResolvers<'late'>()
  const timeout = setTimeout(timer.resolve, ms, 'late')
  t.equal(await Promise.race([closed.then(() => 'closed'), timer.promise]), 'closed', name)
  clearTimeout(timeout)
  return wire.peek()
}

/** Proves that a websocket still carries words both ways. */
async function goesOn(t: Tap, { send, wire }: RawConnection, name: string): Promise<void> {
  send('\x82\x05still')
  t.equal(await wire.bytes(7), '\x82\x05still', name)
}

/** What has been set in motion elsewhere becomes true before the test times out. */
async function until(isTrue: () => unknown): Promise<void> {
  while (!isTrue()) await new Promise(resolve => setTimeout(resolve, 10))
}

/** The upstream's connection that was first asked for this ends. */
async function letsGo({ requests, sockets }: TestUpstream, target: string): Promise<void> {
  const asked = requests.find(request => request.target === target)
  await until(() => asked && sockets[asked.connection - 1]?.closed)
}

/** The next sweep has passed. */
const sweeps = (count = 1) => new Promise(resolve => setTimeout(resolve, count * 1100))

for (const [lane, everyRoute] of lanes)
  t.test(
    `signing out in another tab closes every stream of the session, and nobody else’s (lane ${lane}, lesson 94, W-05)`,
    async t => {
      const { gate, browser, newBrowser, upstream, ...open } = await world(t, { routes: [everyRoute] })
      await browser.signInAs('ann', '/')
      const bob = newBrowser()
      await bob.signInAs('bob', '/')

      const websocket = await open.websocket(browser)
      const events = await open.events(browser)
      const large = await open.opened(browser, '/large')
      await large.head()
      large.socket.pause()
      const upload = await open.opened(browser, '/upload', 'Content-Length: 1000000\r\n', { method: 'PUT' })
      upload.send('the beginning')
      await upstream.seen(upstream.requests.length + 1)
      const others = [await open.websocket(bob), await open.events(bob)] as const

      t.equal((await browser.post('/_sallyport/logout', '')).status, 303)
      t.equal(await endsSoon(t, websocket, 'the websocket'), CLOSED_1008)
      t.equal(await endsSoon(t, events, 'the events'), '', 'without the end of a chunked body')
      large.socket.resume()
      await endsSoon(t, large, 'the download')
      t.match(await upload.answer('PUT'), { status: 401 }, 'whoever was still waiting is told why')
      await endsSoon(t, upload, 'the upload')
      for (const target of ['/ws', '/events', '/large', '/upload']) await letsGo(upstream, target)

      await goesOn(t, others[0], 'bob’s websocket')
      upstream.sockets[(upstream.requests.at(-1)?.connection ?? 0) - 1]?.write('8\r\ndata: 2\n\r\n')
      t.match(await others[1].wire.until('data: 2\n'), /data: 2/, 'bob’s events')

      t.equal(open.closed('session-ended').length, 4)
      t.match(open.closed('session-ended')[0], { level: 'info', session: String, route: 'route-0', ms: Number })
      t.match(gate.access('/events'), { completed: false, failure: 'session-ended' })
      t.match(gate.access('/upload'), { status: 401, failure: 'session-ended' })
      const numbers = await (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text()
      t.match(numbers, 'sallyport_streams_closed_total{reason="session-ended"} 4')
      t.match(numbers, 'sallyport_open_streams{route="route-0"} 2')
    },
  )

t.test('a page that is still being made when the session ends becomes the way to the login', async t => {
  const { browser, upstream, opened } = await world(t)
  await browser.signInAs('ann', '/')
  const page = await opened(browser, '/waits', 'Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n')
  await upstream.seen(upstream.requests.length + 1)
  await browser.post('/_sallyport/logout', '')
  const answer = await page.answer()
  t.equal(answer?.status, 302)
  t.match(fieldOf(answer?.headers ?? [], 'location'), '/_sallyport/login?return_to=%2Fwaits')
  await letsGo(upstream, '/waits')
})

t.test('an upgrade that is not answered yet, or was answered with a stream, ends with the session too', async t => {
  const { gate, browser, upstream, opened } = await world(t)
  await browser.signInAs('ann', '/')
  const waiting = await opened(browser, '/waits', handshake)
  await upstream.seen(upstream.requests.length + 1)
  const instead = await opened(browser, '/events', handshake)
  await instead.wire.until('data: 1\n\r\n')
  await browser.post('/_sallyport/logout', '')
  t.equal(await endsSoon(t, waiting, 'nobody answered'), '')
  t.equal(await endsSoon(t, instead, 'answered with events'), '')
  await until(() => gate.access('/waits'))
  t.match(gate.access('/waits'), { failure: 'session-ended' })
  for (const target of ['/waits', '/events']) await letsGo(upstream, target)
})

t.test('inside a frame of the upstream there is no place for a close frame, so the connection just ends', async t => {
  const { browser, websocket, upstream } = await world(t)
  await browser.signInAs('ann', '/')
  const connection = await websocket(browser)
  connection.send('\x82\x05st')
  t.equal(await connection.wire.bytes(4), '\x82\x05st', 'half a frame')
  await browser.post('/_sallyport/logout', '')
  t.equal(await endsSoon(t, connection, 'the websocket'), '')
  await letsGo(upstream, '/ws')
})

t.test('an absolute limit ends open streams, however busy they are (lesson 94)', async t => {
  const { browser, websocket, events, clock, closed } = await world(t, { session: { idle: '1h', absolute: '2h' } })
  await browser.signInAs('ann', '/')
  const open = [await websocket(browser), await events(browser)] as const
  for (let half = 0; half < 3; half++) {
    clock.now += HOUR / 2
    t.equal((await browser.fetch('/')).status, 200)
    await sweeps()
    await goesOn(t, open[0], 'within the limit')
  }
  clock.now += HOUR / 2
  t.equal(await endsSoon(t, open[0], 'the websocket'), CLOSED_1008)
  t.equal(await endsSoon(t, open[1], 'the events'), '')
  t.equal(closed('session-over').length, 2)
})

for (const type of ['memory', 'cookie'])
  t.test(`traffic on a stream does not push the idle clock, other requests do (${type} store)`, async t => {
    const secrets = ['a secret of at least thirty-two bytes, for tests']
    const { browser, websocket, clock, closed } = await world(t, {
      session: { idle: '1h', absolute: '12h', store: { type }, secrets },
    })
    await browser.signInAs('ann', '/')
    const connection = await websocket(browser)
    clock.now += HOUR / 2
    t.equal((await browser.fetch('/')).status, 200)
    clock.now += HOUR / 2 + 1
    await sweeps(2)
    await goesOn(t, connection, 'the person was here half an hour ago')
    t.equal((await browser.fetch('/')).status, 200, 'and looking cost nobody a session')
    clock.now += HOUR
    t.equal(await endsSoon(t, connection, 'the websocket'), CLOSED_1008)
    t.equal(closed('session-idle').length, 1)
    t.equal((await browser.fetch('/')).status, 401)
  })

const skip = missing('redis-server')

t.test('what one gateway hears, another that shares its store does at once (lesson 94)', { skip }, async t => {
  const redis = await startRedis(t, { config: inMemory })
  const { browser, websocket, another, clock } = await world(t, { session: shared(redis.port) })
  const { gate: other } = await another()
  await browser.signInAs('ann', '/')
  const here = await websocket(browser)
  const there = await websocket(browser, '/ws', other.port)
  clock.now += HOUR / 2
  t.equal((await browser.fetch('/')).status, 200)
  clock.now += HOUR / 2 + 1
  await sweeps(2)
  await goesOn(t, there, 'the person was at the other gateway half an hour ago')

  await browser.post('/_sallyport/logout', '')
  t.equal(await endsSoon(t, here, 'where the person signed out'), CLOSED_1008)
  t.equal(await endsSoon(t, there, 'at the other gateway'), CLOSED_1008)
  t.match(
    other.lines.findLast(({ msg }) => msg === 'stream closed'),
    { why: 'session-ended' },
  )
})

t.test(
  'a route with `recheck` notices what nobody tells, and a lost store is noticed anyway (Z-13)',
  { skip },
  async t => {
    const redis = await startRedis(t, { config: inMemory })
    const routes = [{}, { path: '/often', recheck: '5s' }]
    const { browser, newBrowser, websocket, clock, closed } = await world(t, { routes, session: shared(redis.port) })
    await browser.signInAs('ann', '/')
    const bob = newBrowser()
    await bob.signInAs('bob', '/')
    const often = await websocket(browser, '/often/ws')
    const never = await websocket(bob)
    await sweeps()
    await redis.cli('flushall')
    clock.now += 5000
    t.equal(await endsSoon(t, often, 'judged again'), CLOSED_1008)
    await goesOn(t, never, 'not judged again')

    await redis.kill()
    await redis.restart()
    await endsWithin(t, 6000, never, 'the store was away and may have said something')
    t.equal(closed('session-unknown').length, 2)
  },
)

const shared = (port: number): Settings => ({
  ...{ idle: '1h', absolute: '12h', secrets: ['a secret of at least thirty-two bytes, for tests'] },
  store: { type: 'redis', url: `redis://127.0.0.1:${port}/0` },
})

t.test('a route’s own shorter limit ends its streams, and those of other routes go on', async t => {
  const routes = [{}, { path: '/strict', session: { idle: '10m' } }]
  const { browser, websocket, clock, closed } = await world(t, { routes })
  await browser.signInAs('ann', '/')
  const strict = await websocket(browser, '/strict/ws')
  const other = await websocket(browser)
  clock.now += 10 * 60_000
  t.equal(await endsSoon(t, strict, 'on the strict route'), CLOSED_1008)
  await goesOn(t, other, 'on another route')
  t.match(closed('session-idle'), [{ route: 'route-1' }])
  t.equal(closed('session-idle').length, 1)
})

t.test('a reload closes what is no longer allowed, and only that', async t => {
  const routes = [{}, { path: '/staff' }, { path: '/gone' }]
  const { browser, newBrowser, reload, closed, ...open } = await world(t, { routes })
  await browser.signInAs('ann', '/')
  const bob = newBrowser()
  await bob.signInAs('bob', '/')
  const kept = [await open.websocket(browser), await open.websocket(browser, '/staff/ws'), await open.websocket(bob)]
  const lost = [await open.events(bob, '/staff/events'), await open.events(browser, '/gone/events')] as const
  const waiting = await open.opened(bob, '/staff/waits')

  await reload([{ path: '/ws' }, { path: '/staff', allow: [{ groups: ['sre'] }] }])
  t.equal(await endsSoon(t, lost[0], 'bob is no sre'), '')
  t.equal(await endsSoon(t, lost[1], 'no route leads there any more'), '')
  t.match(await waiting.answer(), { status: 403 })
  for (const connection of kept) await goesOn(t, connection, 'still allowed')
  t.equal(closed('not-allowed').length, 2)
  t.equal(closed('no-route').length, 1)
})

t.test('public routes are nobody’s session’s business', async t => {
  const { browser, websocket, gate } = await world(t, {
    routes: [{ public: true, allow: undefined }, { path: '/private' }],
  })
  await browser.signInAs('ann', '/private')
  const connection = await websocket(browser)
  await browser.post('/_sallyport/logout', '')
  await sweeps()
  await goesOn(t, connection, 'open to everybody')
  t.notMatch(await (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text(), /^sallyport_open_streams\{/m)
})

t.test('a gateway that stops says so to its websockets', async t => {
  const { browser, websocket, gate } = await world(t)
  await browser.signInAs('ann', '/')
  const [whole, half] = [await websocket(browser), await websocket(browser)]
  half.send('\x82\x05st')
  await half.wire.bytes(4)
  await gate.stop()
  t.equal(await endsSoon(t, whole, 'between frames'), CLOSED_1001)
  t.equal(await endsSoon(t, half, 'within a frame'), '')
})

t.test('a flood of pings from a side that does not read is held back, not kept (W-13)', async t => {
  const { browser, websocket, upstream } = await world(t)
  await browser.signInAs('ann', '/')
  const pings = Buffer.from('\x89\x80mask'.repeat(8 * MEBIBYTE), 'latin1')

  const toUpstream = await websocket(browser)
  upstream.sockets.at(-1)?.pause()
  toUpstream.socket.pause().write(pings)
  const heldByClient = await settled(() => toUpstream.socket.writableLength)
  t.ok(heldByClient > pings.length * 0.75, `${heldByClient} of ${pings.length} bytes still wait at the client`)

  const toClient = await websocket(browser)
  toClient.socket.pause()
  const sender = upstream.sockets.at(-1)
  sender?.write(pings)
  const heldByUpstream = await settled(() => sender?.writableLength ?? 0)
  t.ok(heldByUpstream > pings.length * 0.75, `${heldByUpstream} of ${pings.length} bytes still wait at the upstream`)

  await browser.post('/_sallyport/logout', '')
  for (const { socket } of [toUpstream, toClient]) {
    socket.resume()
    await until(() => socket.closed)
  }
})

/** The value once it has stopped changing. */
async function settled(read: () => number): Promise<number> {
  let before = -1
  while (before !== read()) {
    before = read()
    await new Promise(resolve => setTimeout(resolve, 250))
  }
  return before
}
