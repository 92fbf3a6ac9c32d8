// Redis dies, hangs, forgets, moves: nobody is sent to a login for it, and nobody waits for ever.
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { RedisConfig } from '../../src/core/settings.ts'
import { makeSessions } from '../../src/session/sessions.ts'
import { inMemory, nodesOf, redisConfig, startRedis, startSentinelGroup, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { host, hour, Jar, memoryLog, settings, signIn, startedAt } from './examples.ts'

const skip = missing('redis-server')

/** A replica with a browser that signed in, and another one that this replica does not know. */
async function signedIn(t: Test, config: RedisConfig) {
  const log = memoryLog()
  const shared = settings({ store: { type: 'redis', redis: config } })
  const [sessions, elsewhere] = [makeSessions(shared, log), makeSessions(shared, memoryLog())]
  t.teardown(() => Promise.all([sessions.close(), elsewhere.close()]))
  const begin = async (door: typeof sessions, user: string) => {
    const jar = new Jar()
    const { session, setCookies } = await door.begin(signIn(user), undefined, host, startedAt)
    return { session, jar: jar.keep(setCookies) }
  }
  const [known, stranger] = [await begin(sessions, 'ann'), await begin(elsewhere, 'ben')]
  const find = async ({ jar }: { readonly jar: Jar }, now = startedAt) =>
    (await sessions.find(jar.header, host, now)).finding
  await until(async () => (await find(known)).kind === 'found')
  // Until it hears, it asks every time.
  await pause(200)
  await find(known)
  return { sessions, elsewhere, log, known, stranger, find, begin }
}

const unavailable = { code: 'store-unavailable', status: 503, retryAfterSeconds: Number }

const timed = async <T>(work: Promise<T>): Promise<readonly [T | Error, number]> => {
  const from = performance.now()
  const result = await work.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
  return [result, performance.now() - from]
}

t.test(
  'Redis is killed: whom we know goes on, others get a 503, and all is well when it is back (lesson 39)',
  { skip },
  async t => {
    const server = await startRedis(t, { config: ['appendonly yes', 'appendfsync always'] })
    const { log, known, stranger, find } = await signedIn(t, redisConfig(server, { timeoutMs: 300, downForMs: 2000 }))
    await server.kill()
    for (let n = 0; n < 5; n++) t.equal((await find(known)).kind, 'found')
    await t.rejects(find(stranger), unavailable, 'neither a login nor a logout')
    await t.rejects(find(stranger), unavailable)
    const [, waited] = await timed(find(known))
    t.ok(waited < 100, 'once it is known to be down nobody who is known waits for it')
    await pause(2200)
    await t.rejects(find(known), unavailable, 'nor is anybody believed for ever')
    await server.restart()
    await until(async () => (await find(known)).kind === 'found')
    t.equal((await find(stranger)).kind, 'found')
    t.strictSame(
      log.lines.map(({ text }) => text),
      ['the session store cannot be reached', 'the session store can be reached again'],
    )
  },
)

t.test('Redis hangs: that is a timeout, and over when it goes on (lesson 39)', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const { sessions, known, stranger, find } = await signedIn(t, redisConfig(server, { timeoutMs: 300 }))
  server.freeze()
  const [failure, waited] = await timed(find(stranger))
  t.match(failure, unavailable)
  t.ok(waited < 1500, `after ${Math.round(waited)} ms`)
  t.equal((await find(known)).kind, 'found')
  const [touched, touchedIn] = await timed(find(known, startedAt + hour / 2))
  t.match(touched, { kind: 'found' }, 'the idle clock can wait')
  t.ok(touchedIn < 1500)
  await t.rejects(sessions.end(known.jar.header, host, startedAt), unavailable, 'a logout that was not written is none')
  server.thaw()
  await until(async () => (await find(stranger)).kind === 'found')
})

t.test('a connection that the server closed while it was idle bounces nobody (lesson 40)', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const { log, known, stranger, find } = await signedIn(t, redisConfig(server))
  for (let n = 0; n < 5; n++) {
    await server.cli('client', 'kill', 'type', 'normal')
    await server.cli('client', 'kill', 'type', 'pubsub')
    t.equal((await find(stranger)).kind, 'found')
    t.equal((await find(known)).kind, 'found')
  }
  t.strictSame(log.lines, [])
})

t.test('who was ended while we could not hear it is not believed when we can again', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const { sessions, known, find } = await signedIn(t, redisConfig(server))
  // Behind everybody's back: no message tells of it.
  const keys = (await server.cli('--scan', '--pattern', '*:session:*')).split('\n')
  t.equal((await find(known)).kind, 'found')
  await server.cli('del', ...keys)
  t.equal((await find(known)).kind, 'found', 'unheard')
  let doubts = 0
  sessions.onDoubt(() => doubts++)
  await server.cli('client', 'kill', 'type', 'pubsub')
  // Nobody asks until it hears again: then only what it forgot by itself can save it.
  await until(() => doubts > 0)
  await pause(200)
  t.equal((await find(known)).kind, 'ended')
  t.match((await sessions.find(known.jar.header, host, startedAt)).finding, { why: 'unknown' })
})

t.test(
  'a gap in what we hear, or news of a change, and then Redis fails: whom we knew goes on, for a bounded time',
  { skip },
  async t => {
    const server = await startRedis(t, { config: inMemory })
    const config = redisConfig(server, { timeoutMs: 300, downForMs: 2500 })
    const { sessions, elsewhere, known, stranger, find } = await signedIn(t, config)
    t.equal((await find(stranger)).kind, 'found')
    let doubts = 0
    sessions.onDoubt(() => doubts++)
    await server.cli('client', 'kill', 'type', 'pubsub')
    await until(() => doubts > 0)
    const { session, jar } = stranger
    await elsewhere.replace(session, signIn('ben'), jar.header, host, startedAt)
    server.freeze()
    const frozenAt = performance.now()
    for (const who of [known, stranger]) t.equal((await find(who)).kind, 'found')
    t.ok(performance.now() - frozenAt < 2500, 'in time to say so')
    await pause(2600)
    await t.rejects(find(known), unavailable)
    await t.rejects(find(stranger), unavailable)
    server.thaw()
    await until(async () => (await find(known)).kind === 'found')
  },
)

t.test('Redis that is not there yet is a 503 until it is', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  await server.kill()
  const sessions = makeSessions(
    settings({ store: { type: 'redis', redis: redisConfig(server, { timeoutMs: 200 }) } }),
    memoryLog(),
  )
  t.teardown(() => sessions.close())
  await t.rejects(sessions.begin(signIn('ann'), undefined, host, startedAt), unavailable)
  await t.rejects(sessions.seenBefore('jti', hour), unavailable, 'it does not guess (lesson 88)')
  await t.rejects(sessions.lock('session'), unavailable)
  await server.restart()
  await t.resolves(
    until(async () => (await sessions.begin(signIn('ann'), undefined, host, startedAt)).session.id !== ''),
  )
})

t.test('a failover to the replica loses nobody', { skip }, async t => {
  const { master, replica, sentinels } = await startSentinelGroup(t)
  const at = { kind: 'sentinel', name: 'sallyport', nodes: nodesOf(sentinels), password: undefined } as const
  const { known, stranger, find, begin, sessions } = await signedIn(
    t,
    redisConfig({ port: 0 }, { at, downForMs: 10_000 }),
  )
  await until(async () => /master_link_status:up/.test(await replica.cli('info', 'replication')))
  await pause(200)
  await master.kill()
  t.equal((await find(known)).kind, 'found')
  await until(async () => (await find(stranger)).kind === 'found')
  t.equal((await find(known)).kind, 'found')
  const after = await begin(sessions, 'cid')
  t.equal((await find(after)).kind, 'found', 'and the new master is written to')
  t.match(await replica.cli('info', 'replication'), /role:master/)
})
