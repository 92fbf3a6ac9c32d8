import t from 'tap'
import type { Upstream } from '../../src/core/route.ts'
import type { Dialled } from '../../src/proxy/dial.ts'
import { lanes } from '../../src/proxy/lanes.ts'
import { makeUpstreams } from '../../src/proxy/upstreams.ts'
import { startFront } from '../support/front.ts'
import { openRaw, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const get = 'GET /x HTTP/1.1\r\nHost: app.test\r\n\r\n'
const address: Upstream = {
  scheme: 'https',
  address: { host: 'app', port: 443 },
  authority: 'app',
  tls: { ca: 'a', cert: 'b', key: 'c' },
}
const dialled = (upstream: Partial<Upstream> = {}, connectMs = 3000): Dialled => ({
  upstream: { ...address, ...upstream },
  timeouts: { connectMs, responseMs: 1, idleMs: 1 },
})

t.test('routes with equal settings share a pool, whatever object they came as', async t => {
  const upstreams = makeUpstreams()
  t.teardown(() => upstreams.close())
  t.equal(upstreams.poolFor(dialled()), upstreams.poolFor(dialled()))
})

t.test('any difference in where to or how to trust is another pool (H-30, X-09)', async t => {
  const upstreams = makeUpstreams()
  t.teardown(() => upstreams.close())
  const others = [
    dialled({ scheme: 'http' }),
    dialled({ address: { host: 'app', port: 444 } }),
    dialled({ address: { host: 'app4', port: 43 } }),
    dialled({ address: { socketPath: 'app' } }),
    dialled({ authority: 'app:443' }),
    dialled({ tls: {} }),
    dialled({ tls: { ca: 'ab', key: 'c' } }),
    dialled({ tls: { ca: 'a', cert: 'bc' } }),
    dialled({ tls: { ca: 'a', cert: 'b', key: 'c', serverName: 'x' } }),
    dialled({ tls: { ca: 'a', cert: 'b', key: 'c', dangerouslySkipVerification: true } }),
    dialled({}, 3001),
  ]
  t.equal(new Set([dialled(), ...others].map(upstreams.poolFor)).size, others.length + 1)
})

t.test('a pool that is still used outlives a reload, with its connections', async t => {
  const upstream = await startUpstream(t)
  const upstreams = makeUpstreams()
  const before = await startFront(t, { lane: lanes.undici, upstream: upstream.address(), upstreams })
  await sendRaw(before.port, get)
  const after = await startFront(t, { lane: lanes.undici, upstream: upstream.address(), upstreams })
  upstreams.retain([{ upstream: upstream.address(), timeouts: { connectMs: 3000, responseMs: 1, idleMs: 1 } }])
  await sendRaw(after.port, get)
  t.equal(upstream.sockets.length, 1)
})

t.test('a pool that nobody uses any more closes when its last request has finished', async t => {
  const upstream = await startUpstream(t, { answer: () => {} })
  const upstreams = makeUpstreams()
  const front = await startFront(t, { lane: lanes.undici, upstream: upstream.address(), upstreams })
  const client = await openRaw(front.port)
  client.send(get)
  await upstream.seen(1)
  upstreams.retain([])
  upstream.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate')
  t.match(await client.answer(), { body: 'late' })
  await new Promise(resolve => upstream.sockets[0]?.once('close', resolve))
  t.equal(upstream.open(), 0)
})

t.test('a request of an old generation is still served after its pool was given up', async t => {
  const upstream = await startUpstream(t)
  const upstreams = makeUpstreams()
  const front = await startFront(t, { lane: lanes.undici, upstream: upstream.address(), upstreams })
  await sendRaw(front.port, get)
  upstreams.retain([])
  t.equal((await sendRaw(front.port, get)).status, 200)
})
