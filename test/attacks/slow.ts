// Clients that take their time: silent, or a byte now and then. Each is let go after its time, and everybody else is served meanwhile.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { buildFort, type Fort, type Test, until, websocketFields } from '../support/attack.ts'
import { openRaw, type RawConnection } from '../support/raw.ts'
import { switchesAndEchoes } from '../support/upstream.ts'

const connect = async (t: Test, { gate }: Fort): Promise<RawConnection> => {
  const connection = await openRaw(gate.port)
  t.teardown(() => connection.socket.destroy())
  return connection
}

/** A byte five times a second, until the connection is over. */
async function drip({ socket, send }: RawConnection, bytes: string): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed || !socket.writable) return
    send(byte)
    await pause(200)
  }
}

t.test('whoever does not come to the end of a request is let go, with its place at the upstream', async t => {
  const fort = await buildFort(t, { settings: { server: { limits: { requestTimeout: '1s', requestsPerVisitor: 2 } } } })
  const get = fort.request('GET /public/x HTTP/1.1')
  const silent = await connect(t, fort)
  const slowHead = await connect(t, fort)
  const endlessHead = await connect(t, fort)
  const slowBody = await connect(t, fort)
  const slowChunks = await connect(t, fort)
  void drip(slowHead, get)
  void drip(endlessHead, `GET /public/x HTTP/1.1\r\n${'X: 1\r\n'.repeat(1000)}`)
  slowBody.send(fort.request('POST /public/x HTTP/1.1', 'Content-Length: 1000'))
  void drip(slowBody, 'x'.repeat(1000))
  slowChunks.send(`${fort.request('POST /public/x HTTP/1.1', 'Transfer-Encoding: chunked')}ffff\r\n`)
  void drip(slowChunks, 'x'.repeat(1000))
  await until(() => fort.upstream.open() === 2)
  t.equal((await fort.strike(get)).statuses[0], 429, 'both places are taken')
  t.equal((await fort.strike(get, { localAddress: '127.0.0.2' })).statuses[0], 200, 'somebody else is served')

  for (const [what, { wire }] of Object.entries({ silent, slowHead, endlessHead }))
    t.match(await wire.rest(), /^HTTP\/1\.1 408 |^$/, what)
  for (const [what, { wire }] of Object.entries({ slowBody, slowChunks })) t.notMatch(await wire.rest(), ' 200 ', what)
  t.equal((await fort.strike(get)).statuses[0], 200, 'and the places are free')
})

t.test('a body or a websocket that falls silent is given up after the idle time of its route', async t => {
  const settings = { server: { limits: { requestsPerVisitor: 1, websocketsPerVisitor: 1 } } }
  const fort = await buildFort(t, { settings, everyRoute: { timeouts: { idle: '1s' } } })
  fort.scripts.set('/public/chat', switchesAndEchoes())
  const upload = await connect(t, fort)
  upload.send(`${fort.request('POST /public/x HTTP/1.1', 'Content-Length: 1000')}x`)
  const websocket = await connect(t, fort)
  const shake = fort.request('GET /public/chat HTTP/1.1', ...websocketFields)
  websocket.send(shake)
  t.equal((await websocket.head())?.status, 101)
  await Promise.all([upload.closed, websocket.closed])
  t.match(fort.gate.access('/public/x'), { failure: 'idle', completed: false })
  t.equal((await fort.strike(fort.request('GET /public/x HTTP/1.1'))).statuses[0], 200)
  t.equal((await fort.strike(shake)).statuses[0], 101, 'both places are free again')
})

t.test('an upstream that never answers a handshake is given up, and the handshake refused', async t => {
  const fort = await buildFort(t, { everyRoute: { timeouts: { response: '300ms' } } })
  fort.scripts.set('/public/chat', () => {})
  const shake = fort.request('GET /public/chat HTTP/1.1', ...websocketFields)
  t.equal((await fort.strike(shake)).statuses[0], 504)
})
