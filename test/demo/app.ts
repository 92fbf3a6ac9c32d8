// The demo application over real connections: it shows what it was told, echoes over a websocket and ticks.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { startDemoApp } from '../../src/demo/app.ts'

t.test('the page shows who the visitor is said to be, the very target, and every header', async t => {
  const app = await started(t)
  const page = await textOf(`${app.url}/reports/%7Eann?q=1&q=2`, {
    'X-Forwarded-User': 'ann',
    'X-Forwarded-Groups': 'staff,sre',
    'X-Odd': '<b>',
  })
  t.match(page, '<h1 id="who">ann</h1>')
  t.match(page, '<li>staff</li><li>sre</li>')
  t.match(page, '<code id="target">/reports/%7Eann?q=1&amp;q=2</code>')
  t.match(page, /X-Odd<\/th><td>&lt;b&gt;</i)
  t.match(page, '<form method="post" action="/_sallyport/logout">')
})

t.test('a visitor of whom nothing was said is a stranger', async t => {
  const app = await started(t)
  t.match(await textOf(app.url), 'Hello, stranger')
})

t.test('the websocket says back what it hears, short, long and empty', async t => {
  const app = await started(t)
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/echo`)
  await once(socket, 'open')
  for (const said of ['hello', 'é😀', '', 'x'.repeat(125), 'x'.repeat(126), 'y'.repeat(65_535)]) {
    const heard = once(socket, 'message')
    socket.send(said)
    t.equal((await heard)[0].data, said)
  }
  const closed = once(socket, 'close')
  socket.close(1000)
  t.equal((await closed)[0].code, 1000)
})

t.test('what the websocket does not speak, it closes with the reason', async t => {
  const app = await started(t)
  for (const [message, code] of [
    [new Uint8Array(3), 1003],
    ['x'.repeat(65_536), 1009],
  ] as const) {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/echo`)
    await once(socket, 'open')
    const closed = once(socket, 'close')
    socket.send(message)
    t.equal((await closed)[0].code, code)
  }
})

t.test('an upgrade elsewhere, or without a key, is answered and closed', async t => {
  const app = await started(t)
  const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  t.match(await spoken(app.port, `GET /other HTTP/1.1\r\n${upgrade}\r\n`), /^HTTP\/1.1 404 /)
  t.match(await spoken(app.port, `GET /echo HTTP/1.1\r\n${upgrade}\r\n`), /^HTTP\/1.1 400 /)
})

t.test('a ping is answered, and a frame without a mask ends the conversation', async t => {
  const app = await started(t)
  const handshake =
    'GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  const ping = '\x89\x82\x00\x00\x00\x00hi'
  const unmasked = '\x81\x02hi'
  const heard = await spoken(app.port, handshake + ping + unmasked)
  t.match(heard, 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'the example of RFC 6455 1.3')
  t.equal(heard.split('\r\n\r\n')[1], '\x8a\x02hi\x88\x02\x03\xea', 'a pong, then close 1002')
})

t.test('the event stream ticks', async t => {
  const app = await started(t)
  const response = await fetch(`${app.url}/events`)
  t.match(response.headers.get('content-type'), 'text/event-stream')
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const first = await reader?.read()
  const second = await reader?.read()
  t.match(first?.value, /^data: \d{4}-\d\d-\d\dT[\d:.]+Z\n\n$/)
  t.ok((second?.value ?? '') > (first?.value ?? ''), 'a later time follows')
  await reader?.cancel()
})

t.test('it closes with a websocket and a stream still open', async t => {
  const app = await startDemoApp()
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/echo`)
  await Promise.all([once(socket, 'open'), fetch(`${app.url}/events`)])
  const closed = once(socket, 'close')
  await app.close()
  await closed
  await t.rejects(fetch(app.url))
})

async function started(t: { teardown(end: () => unknown): void }) {
  const app = await startDemoApp()
  t.teardown(() => app.close())
  return app
}

async function textOf(url: string, headers: Record<string, string> = {}): Promise<string> {
  return (await fetch(url, { headers })).text()
}

async function spoken(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request, 'latin1')
  return (await socket.setEncoding('latin1').toArray()).join('')
}
