import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setImmediate as tick } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { endWithLinger, lingerBehindAnswers } from '../../src/http/linger.ts'
import { openRaw } from '../support/raw.ts'
import { head } from '../support/visits.ts'
import { Wire } from '../support/wire.ts'

/** Answers every request at once, and ends the connection behind the answer. */
const world = async (t: Test) => {
  const seen: string[] = []
  const server = createServer((req, res) => {
    seen.push(req.url ?? '')
    res.writeHead(401, { Connection: 'close' }).end('no')
  })
  server.on('connection', lingerBehindAnswers)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, port: (server.address() as AddressInfo).port }
}

t.test('whoever is still sending when the answer is there gets it whole', async t => {
  const { port } = await world(t)
  const client = await openRaw(port)
  client.send(head('POST /upload', 'Content-Length: 10000000'))
  for (let part = 0; part < 100; part++) {
    client.send('x'.repeat(10_000))
    await tick()
  }
  t.match(await client.answer(), { status: 401, body: 'no' })
  await client.closed
  client.socket.destroy()
})

/** A client that does not end its side because the other has. */
const stubborn = async (port: number) => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  return { socket, wire: new Wire(socket) }
}

t.test('what comes behind the last answer is not read as a request', async t => {
  const { port, seen } = await world(t)
  const { socket, wire } = await stubborn(port)
  socket.write(head('GET /first'))
  t.match(await wire.rest(), /^HTTP\/1.1 401 /)
  socket.end(head('GET /second'))
  await once(socket, 'close')
  t.same(seen, ['/first'])
})

t.test('whoever never ends is left all the same', async t => {
  const { port } = await world(t)
  const { socket, wire } = await stubborn(port)
  socket.write(head('POST /endless', 'Content-Length: 10000000'))
  t.match(await wire.rest(), /^HTTP\/1.1 401 /)
  const more = setInterval(() => socket.write('x'), 50)
  await new Promise(resolve => socket.once('close', resolve))
  clearInterval(more)
})

t.test('a connection that has gone is not waited for', async t => {
  const { port } = await world(t)
  const { socket } = await openRaw(port)
  socket.destroy()
  endWithLinger(socket)
  t.equal(socket.listenerCount('data'), 1, 'its own reader stays')
})
