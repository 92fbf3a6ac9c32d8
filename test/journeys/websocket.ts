import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startGate } from '../support/gate.ts'
import { fieldOf, fieldsOf, openRaw, type RawAnswer, type RawConnection } from '../support/raw.ts'
import { acceptOf, type Script, startUpstream, switchesAndEchoes, type TestUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGate>[0]

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const at = ({ port }: TestUpstream): string => `http://127.0.0.1:${port}`

/** Ordinary requests are answered, handshakes are switched, and what comes then is sent back. */
const application: Script = turn =>
  fieldOf(turn.request.headers, 'upgrade') === undefined
    ? void turn.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    : turn.request.target === '/plain'
      ? void turn.socket.write('HTTP/1.1 426 Upgrade Required\r\nX-Why: not here\r\nContent-Length: 4\r\n\r\nsee?')
      : switchesAndEchoes('X-From: upstream\r\n')(turn)

const world = async (t: Tap) => {
  const upstream = await startUpstream(t, { answer: application })
  const routes = [
    { path: '/', upstream: at(upstream), allow: [{ authenticated: true }] },
    { path: '/sre', upstream: at(upstream), allow: [{ groups: ['sre'] }] },
    { path: '/quiet', upstream: at(upstream), allow: [{ authenticated: true }], websocket: false },
  ]
  const { gate, browser } = await startGate(t, { routes })
  const shake = (path: string, fields: Readonly<Record<string, string>> = {}) => open(t, gate.port, path, fields)
  return { upstream, routes, gate, browser, shake }
}

/** A handshake, and the head of its answer. */
async function open(
  t: Tap,
  port: number,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<RawConnection & { readonly answered: RawAnswer | undefined }> {
  const connection = await openRaw(port)
  t.teardown(() => connection.socket.destroy())
  const more = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  connection.send(
    `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${more.join('')}\r\n`,
  )
  const answered = await connection.head()
  return { ...connection, answered }
}

t.test('who is signed in talks with the application both ways, and it knows with whom', async t => {
  const { upstream, gate, browser, shake } = await world(t)
  await browser.signInAs('ann', '/')
  const cookie = `theme=dark; ${browser.cookies('/')}`
  const { answered, wire, send } = await shake('/chat?room=1', {
    Cookie: cookie,
    Origin: gate.origin,
    'Sec-WebSocket-Protocol': 'chat, superchat',
    'X-Forwarded-User': 'root',
  })
  t.equal(answered?.status, 101)
  t.equal(fieldOf(answered?.headers ?? [], 'sec-websocket-accept'), acceptOf(key))
  t.equal(fieldOf(answered?.headers ?? [], 'x-from'), 'upstream')
  for (const words of ['hello', '\x81\x85mask and bytes\xff\x00']) {
    send(words)
    t.equal(await wire.bytes(words.length), words)
  }

  const { headers, target } = upstream.requests.at(-1) ?? { headers: [], target: '' }
  t.equal(target, '/chat?room=1')
  t.same(fieldsOf(headers, 'x-forwarded-user'), ['ann'])
  t.same(fieldsOf(headers, 'sec-websocket-protocol'), ['chat, superchat'])
  t.equal(fieldOf(headers, 'cookie'), 'theme=dark', 'our cookie stays here')
  t.match(fieldOf(headers, 'x-sallyport-assertion'), /^ey/)
  t.match(gate.access('/chat'), { status: 101, decision: 'forward', reason: 'allowed' })
})

t.test('who may not pass is told so before the upstream is dialled (lesson 95, W-01, W-03)', async t => {
  const { upstream, gate, browser, shake } = await world(t)
  const stranger = await shake('/chat', { Origin: gate.origin })
  t.equal(stranger.answered?.status, 401)
  t.match(fieldOf(stranger.answered?.headers ?? [], 'content-type'), 'application/problem+json')
  t.same(fieldsOf(stranger.answered?.headers ?? [], 'set-cookie'), [])
  await stranger.closed
  t.equal(upstream.sockets.length, 0)

  await browser.signInAs('bob', '/')
  const before = upstream.sockets.length
  const Cookie = browser.cookies('/') ?? ''
  const bob = await shake('/sre/chat', { Cookie, Origin: gate.origin })
  t.equal(bob.answered?.status, 403)
  t.match(gate.access('/sre/chat'), { status: 403, decision: 'forbid', reason: 'not-allowed' })

  for (const origin of ['http://evil.test', 'null', `${gate.origin}.evil.test`, gate.origin.replace('http', 'https')]) {
    const foreign = await shake('/chat', { Cookie, Origin: origin })
    t.equal(foreign.answered?.status, 403, origin)
  }
  t.equal((await shake('/quiet', { Cookie, Origin: gate.origin })).answered?.status, 400, 'not on this route')
  t.equal((await shake('/_sallyport/me', { Cookie, Origin: gate.origin })).answered?.status, 400, 'nor with us')
  t.equal((await shake('/chat', { Cookie, 'Content-Length': '1' })).answered?.status, 400, 'nor with a body')
  t.equal((await shake('/a/../chat', { Cookie })).answered?.status, 400, 'nor by two ways')
  t.equal(upstream.sockets.length, before)
})

t.test('clients that are no browsers name no origin, and may pass with a session', async t => {
  const { browser, shake } = await world(t)
  await browser.signInAs('ann', '/')
  t.equal((await shake('/chat', { Cookie: browser.cookies('/') ?? '' })).answered?.status, 101)
})

t.test('an upstream that does not switch is quoted, and the connection ends behind its answer', async t => {
  const { browser, shake } = await world(t)
  await browser.signInAs('ann', '/')
  const { answered, wire, closed } = await shake('/plain', { Cookie: browser.cookies('/') ?? '' })
  t.equal(answered?.status, 426)
  t.equal(fieldOf(answered?.headers ?? [], 'x-why'), 'not here')
  t.match(await wire.rest(), 'see?')
  await closed
})

t.test('a tunnel survives a reload, even one that takes its route away, and ends when the gateway stops', async t => {
  const { upstream, routes, gate, browser, shake } = await world(t)
  await browser.signInAs('ann', '/')
  const { wire, send, closed } = await shake('/sre/chat', { Cookie: browser.cookies('/') ?? '' })
  await gate.reload({ routes: [{ ...routes[0], name: 'other' }] })
  t.equal((await browser.fetch('/')).status, 200)
  send('still here?')
  t.equal(await wire.bytes(11), 'still here?')

  await gate.stop()
  await closed
  while (upstream.open() > 0) await new Promise(resolve => setTimeout(resolve, 10))
  t.equal(upstream.open(), 0, 'and the upstream is let go')
})

t.test('an upstream that ends, or a client that breaks off, takes the other side along', async t => {
  const { upstream, browser, shake } = await world(t)
  await browser.signInAs('ann', '/')
  const Cookie = browser.cookies('/') ?? ''
  const first = await shake('/chat', { Cookie })
  t.equal(first.answered?.status, 101)
  upstream.sockets.at(-1)?.destroy()
  await first.closed
  const second = await shake('/chat', { Cookie })
  t.equal(second.answered?.status, 101)
  const socket = upstream.sockets.at(-1)
  second.socket.resetAndDestroy()
  if (socket && !socket.closed) await once(socket, 'close')
  t.equal(socket?.closed, true)
})

t.test('any other upgrade is an ordinary request: its wish ends here (RFC 9110 7.8)', async t => {
  const { upstream, gate, browser } = await world(t)
  await browser.signInAs('ann', '/')
  const socket = connect(gate.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(
    `GET /x HTTP/1.1\r\nHost: localhost:${gate.port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n` +
      `HTTP2-Settings: AAMAAABk\r\nCookie: ${browser.cookies('/')}\r\n\r\n`,
  )
  const [head] = await once(socket, 'data')
  t.match(String(head), /^HTTP\/1\.1 200 /)
  t.equal(fieldOf(upstream.requests.at(-1)?.headers ?? [], 'upgrade'), undefined)
})
