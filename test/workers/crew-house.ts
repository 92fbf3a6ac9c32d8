// Several workers as real processes, with Redis between them: whoever is signed in is known to all, and what happens to one is felt by its own visitors only.
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { adminOf, newAdminKey, post } from '../support/admin.ts'
import { openBrowser } from '../support/browser.ts'
import { freePort, type Settings } from '../support/gate.ts'
import { openRaw, type RawConnection } from '../support/raw.ts'
import { inMemory, startRedis, until } from '../support/redis.ts'
import { type Replica, startReplica } from '../support/replica.ts'
import { newSecret, startApplication, urlOf } from '../support/replicas.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { missing } from '../support/services.ts'

const skip = missing('redis-server')
const WORKERS = 3
const key = newAdminKey()

async function openWorld(t: Test) {
  const redis = await startRedis(t, { config: inMemory })
  const provider = await startRogueProvider(t, { alg: 'ES256' })
  const upstream = await startApplication(t, async (request, response) => {
    if (request.url === '/slow') await pause(1500)
    response.end(JSON.stringify(request.headers))
  })
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const route = { name: 'all', path: '/', upstream, allow: [{ authenticated: true }] }
  const config: Settings = {
    providers: [{ name: 'corp', issuer: provider.issuer, ...provider.client, idTokenAlgs: ['ES256'] }],
    session: { secrets: [newSecret()], store: { type: 'redis', url: urlOf(redis) } },
    identity: { assertion: { header: 'X-Sallyport-Assertion' } },
    routes: [route],
  }
  const server = { workers: WORKERS, drain: '5s' }
  const gateway = await startReplica(t, { port, origin, config, server, admin: { key } })
  const browser = openBrowser(origin)
  await browser.visit('/')
  const request = (target: string) =>
    `GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${browser.cookies(origin)}\r\n\r\n`
  return { gateway, route, admin: adminOf(gateway, key), numbers: () => numbersOf(gateway), request }
}

const numbersOf = async ({ adminPort }: Replica): Promise<string> =>
  (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()

const requestsIn = (text: string): number =>
  Array.from(text.matchAll(/^sallyport_requests_total{.*} (\d+)$/gm), ([, count]) => Number(count)).reduce(
    (sum, count) => sum + count,
    0,
  )

const started = ({ lines }: Replica): readonly number[] =>
  lines.filter(({ msg }) => msg === 'worker started').map(({ worker }) => Number(worker))

/** One after the other, so that every worker has some. */
async function connect({ port }: Replica): Promise<readonly RawConnection[]> {
  const connections: RawConnection[] = []
  while (connections.length < 4 * WORKERS) {
    const connection = await openRaw(port)
    await statusesOf([connection], `GET /_sallyport/signed-out HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
    connections.push(connection)
  }
  return connections
}

const statusesOf = (connections: readonly RawConnection[], bytes: string): Promise<Array<number | undefined>> =>
  Promise.all(
    connections.map(async connection => {
      connection.send(bytes)
      return (await connection.answer())?.status
    }),
  )

function leave(connections: readonly RawConnection[]): void {
  for (const { socket } of connections) socket.destroy()
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('several workers are one gateway', { skip }, async t => {
  const { gateway, route, admin, numbers, request } = await openWorld(t)

  await t.test('whoever signed in at one is known to all, and one key signs for all', async t => {
    const connections = await connect(gateway)
    t.same(new Set(await statusesOf(connections, request('/'))), new Set([200]))
    const keyIds = connections.map(async connection => {
      connection.send(request('/'))
      const headers = JSON.parse((await connection.answer())?.body ?? '')
      return JSON.parse(Buffer.from(headers['x-sallyport-assertion'].split('.')[0], 'base64url').toString()).kid
    })
    t.equal(new Set(await Promise.all(keyIds)).size, 1)
    leave(connections)
  })

  await t.test('the numbers of all add up', async t => {
    const before = requestsIn(await numbers())
    const connections = await connect(gateway)
    for (let round = 0; round < 5; round++) await statusesOf(connections, request('/'))
    leave(connections)
    const after = before + 6 * connections.length
    await until(async () => requestsIn(await numbers()) >= after)
    t.equal(requestsIn(await numbers()), after)
  })

  await t.test('a reload reaches all, and one that cannot be leaves all as they were', async t => {
    const everywhere = async () => {
      const connections = await connect(gateway)
      const statuses = await statusesOf(connections, request('/open'))
      leave(connections)
      return new Set(statuses)
    }
    await gateway.reload({ routes: [route, { ...route, name: 'open', path: '/open', methods: ['POST'] }] })
    await until(async () => [...(await everywhere())].join() === '405')
    const refusals = () => gateway.lines.filter(({ msg }) => msg === 'reload refused, the old configuration stays')
    const unfit = [{ type: 'memory' }, { type: 'cookie', notBefore: { url: 'redis://127.0.0.1:9/0' } }]
    for (const [count, store] of unfit.entries()) {
      const session = { secrets: [newSecret()], store }
      gateway.write({ session, server: { publicUrl: 'http://localhost', workers: 1 } })
      process.kill(gateway.pid, 'SIGHUP')
      await until(async () => refusals().length > count)
    }
    t.match(refusals(), [{ found: /memory store/ }, { found: /cookie store/ }])
    t.same(await everywhere(), new Set([405]))
    await gateway.reload({})
  })

  await t.test('one that is killed takes its own connections along, and is replaced', async t => {
    const connections = await connect(gateway)
    await statusesOf(connections, request('/'))
    const before = requestsIn(await numbers())
    const [first = 0, ...others] = started(gateway)
    const slow = statusesOf(connections, request('/slow'))
    await pause(300)
    process.kill(first, 'SIGKILL')
    const statuses = await slow
    const cut = statuses.filter(status => status === undefined).length
    t.ok(cut > 0 && cut < connections.length, `${cut} of ${connections.length} were in its hands`)
    t.equal(statuses.filter(status => status === 200).length, connections.length - cut, 'all others are answered')
    leave(connections)
    await until(async () => started(gateway).length > 1 + others.length)
    t.match(
      gateway.lines.findLast(({ msg }) => msg === 'worker lost'),
      { worker: first, ended: 'SIGKILL' },
    )
    const more = await connect(gateway)
    t.same(new Set(await statusesOf(more, request('/'))), new Set([200]))
    leave(more)
    const text = await numbers()
    t.ok(requestsIn(text) >= before, 'what it had counted stays counted')
    t.match(text, /^sallyport_workers_ended_total 1$/m)
    t.match(await admin('/readyz'), { status: 200 })
  })

  await t.test('one that is stuck makes the gateway not ready, as long as it is', async t => {
    const [stuck = 0] = started(gateway).filter(isAlive)
    process.kill(stuck, 'SIGSTOP')
    t.match(await admin('/readyz'), { status: 503, body: { reasons: ['a worker does not answer'] } })
    process.kill(stuck, 'SIGCONT')
    await until(async () => (await admin('/readyz')).status === 200)
  })

  await t.test('sessions are listed and ended at one desk for all of them', async t => {
    const connections = await connect(gateway)
    t.same(new Set(await statusesOf(connections, request('/'))), new Set([200]))
    t.equal((await admin('/sessions')).body.sessions.length, 1)
    t.match(await admin('/sessions/end', post({ user: 'ann' })), { status: 200 })
    await until(async () => (await statusesOf(connections, request('/'))).every(status => status === 401))
    leave(connections)
  })

  await t.test('a stop leaves nobody behind', async t => {
    const workers = started(gateway)
    t.equal(await gateway.stop(), 0)
    t.notOk(workers.some(isAlive))
    t.match(gateway.lines.at(-1), { msg: 'stopped' })
  })
})

t.test('workers finish and end when nobody is there any more to lead them', { skip }, async t => {
  const { gateway, request } = await openWorld(t)
  const workers = started(gateway)
  t.equal(workers.filter(isAlive).length, WORKERS)
  const connections = await connect(gateway)
  const slow = statusesOf(connections, request('/slow'))
  await pause(300)
  await gateway.kill()
  t.same(new Set(await slow), new Set([200]))
  await until(async () => !workers.some(isAlive))
  t.notOk(workers.some(isAlive))
})
