import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { addressSet } from '../../src/core/address.ts'
import { type Bounds, boundConnections } from '../../src/http/connections.ts'
import { listen } from '../../src/http/listen.ts'
import { makeAuthority } from '../support/certificates.ts'
import { openRaw } from '../support/raw.ts'

const bounds = (parts: Partial<Bounds> = {}): Bounds => ({
  connections: 100,
  connectionsPerAddress: 1,
  trustedProxies: addressSet([]),
  ...parts,
})

const world = async (t: Test, how: Bounds, server: Server = createServer((_, res) => void res.end())) => {
  const refused: string[] = []
  const change = boundConnections(server, how, why => refused.push(why))
  const at = await listen(server, { host: '127.0.0.1', port: 0 })
  t.teardown(() => server.close())
  const port = 'port' in at ? at.port : 0
  /** Whether a connection from this address may stay. */
  const mayStay = async (localAddress = '127.0.0.1') => {
    const { socket, send, answer } = await openRaw(port, { localAddress })
    t.teardown(() => socket.destroy())
    send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    return (await answer()) !== undefined
  }
  return { port, refused, change, mayStay }
}

t.test('each address is counted alone, and the word says which bound was met', async t => {
  const { refused, mayStay } = await world(t, bounds({ connections: 3 }))
  t.same([await mayStay(), await mayStay(), await mayStay('127.0.0.2')], [true, false, true])
  t.same(refused, ['connections-per-address'])
  t.same([await mayStay('127.0.0.3'), await mayStay('127.0.0.4')], [true, false])
  t.same(refused, ['connections-per-address', 'connections'])
})

t.test('a trusted proxy is not counted; whom to trust and how many may come can change', async t => {
  const trustedProxies = addressSet([{ address: '127.0.0.1', prefix: 32 }])
  const { mayStay, change } = await world(t, bounds({ trustedProxies }))
  t.same([await mayStay(), await mayStay(), await mayStay('127.0.0.2')], [true, true, true])
  change(bounds({ connectionsPerAddress: 2 }))
  t.same([await mayStay('127.0.0.2'), await mayStay('127.0.0.2')], [true, false])
  t.same(
    [await mayStay(), await mayStay(), await mayStay()],
    [true, true, false],
    'those from before were never counted',
  )
})

t.test('a connection with TLS is given back as well, also one that never spoke TLS', async t => {
  const { cert, key } = makeAuthority(t.testdir()).issue('DNS:app.test')
  const { port, refused } = await world(t, bounds(), createTlsServer({ cert, key }))
  const enter = async () => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    t.teardown(() => socket.destroy())
    const isInside = await new Promise<boolean>(resolve => {
      socket.on('secureConnect', () => resolve(true)).on('error', () => resolve(false))
    })
    return { socket, isInside }
  }
  const leave = async (socket: { end(): unknown }) => {
    const before = refused.length
    socket.end()
    for (;;) {
      const { socket: next, isInside } = await enter()
      if (isInside) return next
      if (refused.length > before + 1000) throw new Error('the place was never given back')
    }
  }
  const first = await enter()
  t.equal(first.isInside, true)
  t.equal((await enter()).isInside, false)
  const second = await leave(first.socket)
  second.destroy()
  const plain = await openRaw(port)
  plain.send('GET / HTTP/1.1\r\n\r\n')
  await plain.closed
  t.ok(await leave(plain.socket))
})
