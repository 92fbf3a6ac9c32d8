import { createServer, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { routeTable } from '../../src/core/route-table.ts'
import type { ServerConfig } from '../../src/core/settings.ts'
import { jsonAnswer } from '../../src/http/answer.ts'
import { deliver, responseOn } from '../../src/http/deliver.ts'
import { listen } from '../../src/http/listen.ts'
import { frontDoor } from '../../src/http/visit.ts'
import { fieldOf, openRaw, sendRaw } from '../support/raw.ts'
import { head, routeTo, serverSettings } from '../support/visits.ts'

/** Answers every visit in the same way; requests to upgrade as well. */
const world = async (t: Test, parts: Partial<ServerConfig> = {}): Promise<number> => {
  const settings = serverSettings(parts)
  const door = frontDoor(settings, routeTable([routeTo({ path: '/app', methods: ['GET', 'POST'] })], settings.prefix))
  const server = createServer({ requireHostHeader: false })
  const visitOf = (raw: IncomingMessage) => door.receive(raw)
  server.on('request', (req, res) => deliver(visitOf(req), res, jsonAnswer(200, {})))
  server.on('checkContinue', (req, res) => deliver(visitOf(req), res, jsonAnswer(200, {})))
  server.on('upgrade', (req, socket) => deliver(visitOf(req), responseOn(req, socket), jsonAnswer(400, {})))
  t.teardown(() => server.close().closeAllConnections())
  const at = await listen(server, { host: '127.0.0.1', port: 0 })
  return 'port' in at ? at.port : 0
}

t.test('whoever asked properly and sent nothing along may go on asking', async t => {
  const port = await world(t)
  const client = await openRaw(port)
  for (const line of ['GET /app', 'GET /nothing/here', 'PUT /app', 'GET /_sallyport/x', 'HEAD /app']) {
    client.send(head(line))
    t.match(await client.answer(line.split(' ')[0]), { status: 200 }, line)
  }
  client.send(head('POST /app', 'Content-Length: 0'))
  t.match(await client.answer('POST'), { status: 200 }, 'a body of no bytes is none')
  t.equal(client.wire.ended, false)
  client.socket.destroy()
})

t.test('a host that is ours is to be visited by https only, and no other host is spoken for', async t => {
  const port = await world(t, { hstsMs: 86_400_000 })
  const told = async (bytes: string) => fieldOf((await sendRaw(port, bytes)).headers, 'strict-transport-security')
  for (const line of ['GET /app', 'GET /_sallyport/login']) t.equal(await told(head(line)), 'max-age=86400', line)
  t.equal(await told('GET /app HTTP/1.1\r\nHost: other.test\r\n\r\n'), undefined)
  const { headers } = await sendRaw(await world(t), head('GET /app'))
  t.equal(fieldOf(headers, 'strict-transport-security'), undefined, 'and nothing is said where nothing is to be')
})

t.test('behind a malformed message nobody knows where the next one begins, so there is none', async t => {
  const port = await world(t)
  for (const bytes of [head('GET /app%zz'), head('GET /app/./x'), 'GET /app HTTP/1.1\r\nHost: other.test\r\n\r\n']) {
    const client = await openRaw(port)
    client.send(bytes + head('GET /app'))
    t.match(await client.answer(), { status: 200 })
    await client.closed
    t.equal(await client.wire.rest(), '', 'and the second request is not answered')
  }
})

t.test('a body that nobody reads ends the connection too, whole or not', async t => {
  const port = await world(t)
  for (const lines of [
    ['Content-Length: 3'],
    ['Transfer-Encoding: chunked'],
    ['Content-Length: 3', 'Expect: 100-continue'],
  ]) {
    const answer = await sendRaw(port, head('POST /app', ...lines))
    t.match(answer, { status: 200, closed: true, informational: [] }, lines.join(', '))
  }
})

t.test('a refused upgrade gets an ordinary answer, and the end', async t => {
  const port = await world(t)
  const answer = await sendRaw(port, head('GET /app', 'Connection: Upgrade', 'Upgrade: websocket'))
  t.match(answer, { status: 400, body: '{}\n', closed: true })
})
