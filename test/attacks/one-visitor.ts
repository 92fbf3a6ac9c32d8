// One visitor who wants all of it: the connections of the gateway, the places at an upstream. Everybody else is still served.
import t from 'tap'
import { buildFort, type Fort, type Test, until, websocketFields } from '../support/attack.ts'
import { fieldOf, openRaw, type RawAnswer, type RawConnection } from '../support/raw.ts'
import { switchesAndEchoes } from '../support/upstream.ts'

const OTHER = '127.0.0.2'

/** A connection on which this was said, until the test ends. */
async function say(t: Test, { gate }: Fort, bytes: string, localAddress = '127.0.0.1'): Promise<RawConnection> {
  const connection = await openRaw(gate.port, { localAddress })
  t.teardown(() => connection.socket.destroy())
  connection.send(bytes)
  return connection
}

const statusFrom = async (fort: Fort, bytes: string, localAddress: string): Promise<number | undefined> =>
  (await fort.strike(bytes, { localAddress })).statuses[0]

t.test('a thousand uploads that drip take a quarter of the places at their upstream (D-29)', async t => {
  const fort = await buildFort(t)
  const get = fort.request('GET /public/x HTTP/1.1')
  const drip = `${fort.request('POST /public/drip HTTP/1.1', 'Content-Length: 1000000')}x`
  const uploads = await Promise.all(Array.from({ length: 1000 }, () => say(t, fort, drip)))
  const refusals: RawAnswer[] = []
  for (const upload of uploads) void upload.answer().then(answer => answer && refusals.push(answer))
  await until(() => refusals.length === 750)
  t.same(new Set(refusals.map(({ status }) => status)), new Set([429]))
  t.equal(fieldOf(refusals[0]?.headers ?? [], 'retry-after'), '1')
  t.match(refusals[0]?.body, '"code":"too-many-requests"')
  await until(() => fort.upstream.open() >= 250)
  t.equal(fort.upstream.open(), 250)
  t.match(fort.gate.access('/public/drip'), { decision: 'limit', reason: 'open-requests', status: 429 })

  t.equal(await statusFrom(fort, get, '127.0.0.1'), 429)
  t.equal(await statusFrom(fort, get, OTHER), 200, 'another address is served')
  const cookie = await fort.signIn('ann')
  const signedIn = fort.request('GET /public/x HTTP/1.1', `Cookie: ${cookie}`)
  t.equal(await statusFrom(fort, signedIn, '127.0.0.1'), 200, 'who is signed in has a share of her own')

  for (const upload of uploads) upload.socket.destroy()
  await until(() => fort.upstream.open() < 250)
  t.equal(await statusFrom(fort, get, '127.0.0.1'), 200, 'what was given back is there again')
})

t.test('one person has one share, from however many addresses', async t => {
  const fort = await buildFort(t, { settings: { server: { limits: { requestsPerVisitor: 2 } } } })
  const cookie = await fort.signIn('ann')
  const slow = `${fort.request('POST /slow HTTP/1.1', 'Content-Length: 10', `Cookie: ${cookie}`)}x`
  await say(t, fort, slow)
  await say(t, fort, slow, OTHER)
  await until(() => fort.upstream.open() === 2)
  const get = fort.request('GET /x HTTP/1.1', `Cookie: ${cookie}`)
  t.equal(await statusFrom(fort, get, '127.0.0.3'), 429)
  const bobs = fort.request('GET /x HTTP/1.1', `Cookie: ${await fort.signIn('bob')}`)
  t.equal(await statusFrom(fort, bobs, '127.0.0.1'), 200)
})

t.test('websockets of one visitor have a bound of their own', async t => {
  const fort = await buildFort(t, { settings: { server: { limits: { websocketsPerVisitor: 2 } } } })
  fort.scripts.set('/public/chat', switchesAndEchoes())
  const shake = fort.request('GET /public/chat HTTP/1.1', ...websocketFields)
  const open = [await say(t, fort, shake), await say(t, fort, shake)]
  for (const websocket of open) t.equal((await websocket.head())?.status, 101)
  t.equal(await statusFrom(fort, shake, '127.0.0.1'), 429)
  t.match(fort.gate.access('/public/chat'), { decision: 'limit', reason: 'open-websockets', status: 429 })
  t.equal(await statusFrom(fort, shake, OTHER), 101)
  open[0]?.socket.destroy()
  await until(() => fort.upstream.open() === 1)
  t.equal(await statusFrom(fort, shake, '127.0.0.1'), 101)
})

t.test('one address gets no more connections than it may have, and what it closes it gets back', async t => {
  const limits = { connectionsPerAddress: 2 }
  const fort = await buildFort(t, { settings: { server: { limits } } })
  const get = fort.request('GET /public/x HTTP/1.1')
  const [first] = [await say(t, fort, get), await say(t, fort, get)]
  t.equal((await first.answer())?.status, 200)
  const third = await openRaw(fort.gate.port)
  await third.closed
  t.equal(await third.wire.rest(), '')
  t.equal(await statusFrom(fort, get, OTHER), 200)
  const metrics = await fetch(`http://127.0.0.1:${fort.gate.adminPort}/metrics`)
  t.match(await metrics.text(), 'sallyport_connections_refused_total{reason="connections-per-address"} 1')
  first.socket.destroy()
  const again = async () => (await say(t, fort, get)).answer()
  let answer = await again()
  for (let patience = 100; patience > 0 && !answer; patience--) answer = await again()
  t.equal(answer?.status, 200)
  await fort.gate.reload({ server: { limits: { connectionsPerAddress: 50 } } })
  t.equal((await again())?.status, 200, 'a reload changes the bound')
})

t.test('a trusted proxy holds as many as it needs, and whom it speaks for is counted apart', async t => {
  const limits = { connectionsPerAddress: 1, requestsPerVisitor: 1 }
  const fort = await buildFort(t, { settings: { server: { limits, trustedProxies: ['127.0.0.1'] } } })
  const from = (line: string, address: string, ...fields: string[]) =>
    fort.request(line, `X-Forwarded-For: ${address}`, ...fields)
  const slow = `${from('POST /public/slow HTTP/1.1', '2001:db8::1', 'Content-Length: 10')}x`
  await say(t, fort, slow)
  await until(() => fort.upstream.open() === 1)
  const get = (address: string) => statusFrom(fort, from('GET /public/x HTTP/1.1', address), '127.0.0.1')
  t.equal(await get('2001:db8::1'), 429)
  t.equal(await get('2001:db8::ffff:1'), 429, 'the same /64')
  t.equal(await get('2001:db8:0:1::1'), 200)
  t.equal(await get('203.0.113.7'), 200)
})
