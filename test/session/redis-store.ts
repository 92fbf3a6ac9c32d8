import t, { type Test } from 'tap'
import type { SessionConfig } from '../../src/core/settings.ts'
import { makeEndedSignal } from '../../src/session/ended-signal.ts'
import { openRedis } from '../../src/session/redis.ts'
import { makeRedisCache } from '../../src/session/redis-cache.ts'
import { nameWith } from '../../src/session/redis-names.ts'
import { makeRedisStore } from '../../src/session/redis-store.ts'
import { makeSealer } from '../../src/session/seal.ts'
import { makeSessions } from '../../src/session/sessions.ts'
import { keepsTheListContract, keepsTheStoreContract } from '../contracts/session-store.ts'
import { dumpOf, inMemory, nodesOf, redisConfig, startRedis, startRedisCluster, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import {
  altered,
  cookie,
  host,
  hour,
  Jar,
  memoryLog,
  minute,
  newSecret,
  settings,
  signIn,
  startedAt,
} from './examples.ts'

const skip = missing('redis-server')

type Shape = Parameters<typeof redisConfig>[1]

/** Stores with nothing in common but the server. */
function storesOn(t: Test, server: { readonly port: number }, shape: Shape = {}) {
  let opened = 0
  return () => {
    const secrets = [newSecret()] as const
    const redis = openRedis(redisConfig(server, { ...shape, keyPrefix: `test-${++opened}:` }), memoryLog())
    t.teardown(() => redis.close())
    const parts = { cache: makeRedisCache(), names: nameWith(redis, secrets), sealer: makeSealer(secrets) }
    return makeRedisStore({ redis, ...parts, signal: makeEndedSignal(), absoluteMs: 12 * hour })
  }
}

t.test('the Redis store keeps the contract', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  keepsTheStoreContract(t, storesOn(t, server))
  keepsTheListContract(t, storesOn(t, server))
})

t.test('the Redis store keeps the contract on a cluster of three', { skip }, async t => {
  const nodes = await startRedisCluster(t)
  const shape = { at: { kind: 'cluster', nodes: nodesOf(nodes) } } as const
  keepsTheStoreContract(t, storesOn(t, { port: 0 }, shape))
  keepsTheListContract(t, storesOn(t, { port: 0 }, shape))
  t.test('sessions lie on every node', async t => {
    for (const node of nodes) t.match(await node.cli('--scan', '--pattern', '*session*'), /session/)
  })
})

t.test(
  'on a cluster, replicas hear of every end, wherever the session lay, and still do when the node that told them dies',
  { skip },
  async t => {
    const nodes = await startRedisCluster(t)
    const redis = redisConfig({ port: 0 }, { at: { kind: 'cluster', nodes: nodesOf(nodes) } })
    const config = settings({ store: { type: 'redis', redis } })
    const [here, there] = [makeSessions(config, memoryLog()), makeSessions(config, memoryLog())]
    t.teardown(() => Promise.all([here.close(), there.close()]))
    const signedIn = await Promise.all(
      Array.from({ length: 24 }, async () => {
        const { session, setCookies } = await here.begin(signIn('ann'), undefined, host, startedAt)
        return { id: session.id, header: new Jar().keep(setCookies).header }
      }),
    )
    const kindAt = async (header: string | undefined) => (await there.find(header, host, startedAt)).finding.kind
    for (const { header } of signedIn) t.equal(await kindAt(header), 'found')
    const heard = new Set<string>()
    there.onEnded(ids => {
      for (const id of ids) heard.add(id)
    })
    const half = signedIn.slice(12)
    for (const { id } of half) await here.endWhere({ id }, startedAt + 1)
    await until(() => half.every(({ id }) => heard.has(id)))
    for (const { header } of half) t.equal(await kindAt(header), 'ended')
    let doubts = 0
    there.onDoubt(() => doubts++)
    await nodes[0]?.kill()
    await until(() => doubts > 0)
    t.pass('it listens at another node, and looks again')
  },
)

/** Two replicas with one configuration, and a browser. */
async function twoReplicas(t: Test, over: Partial<SessionConfig> = {}) {
  const server = await startRedis(t, { config: inMemory })
  const config = settings({ store: { type: 'redis', redis: redisConfig(server) }, ...over })
  const open = () => makeSessions(config, memoryLog())
  const [here, there, jar] = [open(), open(), new Jar()]
  t.teardown(() => Promise.all([here.close(), there.close()]))
  const signInAs = async (user: string, now = startedAt) => {
    const { session, setCookies } = await here.begin(signIn(user), undefined, host, now)
    jar.keep(setCookies)
    return session
  }
  const seenBy = async (sessions: typeof here, now = startedAt) => (await sessions.find(jar.header, host, now)).finding
  /** Both have it in their caches. */
  const knownToBoth = async (now = startedAt) => {
    for (const sessions of [here, there]) await until(async () => (await seenBy(sessions, now)).kind === 'found')
  }
  return { server, config, here, there, jar, signInAs, seenBy, knownToBoth }
}

const commands = async (server: { cli(...words: string[]): Promise<string> }): Promise<number> =>
  Number(/cmdstat_hmget:calls=(\d+)/.exec(await server.cli('info', 'commandstats'))?.[1] ?? 0)

t.test('a session is found at every replica, and a second time without asking Redis', { skip }, async t => {
  const { server, there, signInAs, seenBy } = await twoReplicas(t)
  const session = await signInAs('ann')
  t.strictSame(await seenBy(there), { kind: 'found', session })
  // Its subscription may still be on its way; until then it asks every time.
  await until(async () => {
    const before = await commands(server)
    await seenBy(there)
    return (await commands(server)) === before
  })
  const before = await commands(server)
  for (let n = 0; n < 100; n++) t.equal((await seenBy(there)).kind, 'found')
  t.equal(await commands(server), before)
})

t.test('what is at hand is at hand for its own ticket only', { skip }, async t => {
  const { server, here, jar, signInAs, seenBy } = await twoReplicas(t)
  await signInAs('ann')
  await until(async () => {
    const before = await commands(server)
    await seenBy(here)
    return (await commands(server)) === before
  })
  const ticket = jar.cookies.get(cookie.name) ?? ''
  for (const forged of [
    altered(ticket, 30),
    altered(ticket, ticket.length - 1),
    ticket.slice(0, 22) + ticket.slice(0, 43),
  ]) {
    const { finding } = await here.find(`${cookie.name}=${forged}`, host, startedAt)
    t.strictSame(finding, { kind: 'unreadable' }, 'the right id with a wrong key')
  }
  t.match(await here.find(jar.header, 'other.example.com', startedAt), { finding: { kind: 'unreadable' } })
  t.equal((await seenBy(here)).kind, 'found')
})

for (const [how, why] of [
  ['signed out', 'unknown'],
  ['ended by id', 'revoked'],
  ['ended by sid', 'revoked'],
  ['ended by person', 'revoked'],
] as const) {
  t.test(`a session ${how} at one replica is dead at the other (lessons 83, 87)`, { skip }, async t => {
    const { here, there, jar, signInAs, seenBy, knownToBoth } = await twoReplicas(t)
    const { id, sid = '', identity } = await signInAs('ann')
    await knownToBoth()
    const heard: string[] = []
    there.onEnded(ids => heard.push(...ids))
    const { issuer, subject } = identity
    if (how === 'signed out') await here.end(jar.header, host, startedAt)
    if (how === 'ended by id') t.strictSame(await here.endWhere({ id }, startedAt + 1), [id])
    if (how === 'ended by sid') t.strictSame(await here.endWhere({ issuer, sid }, startedAt + 1), [id])
    if (how === 'ended by person') t.strictSame(await here.notBefore(issuer, subject, startedAt + 1), [id])
    t.strictSame(await seenBy(here), { kind: 'ended', why })
    await until(() => heard.includes(id))
    t.strictSame(await seenBy(there), { kind: 'ended', why }, 'and its streams were told (lesson 94)')
  })
}

t.test('after a refresh at one replica the other has the new tokens (lesson 56)', { skip }, async t => {
  const { here, there, jar, signInAs, seenBy, knownToBoth } = await twoReplicas(t)
  const session = await signInAs('ann')
  await knownToBoth()
  const tokens = { idToken: 'new', accessToken: 'new too', accessTokenExpiresAt: startedAt + hour }
  const waiting = there.waitForChange(session.id, session.revision, 2000)
  const replaced = await here.replace(session, { ...session, tokens }, jar.header, host, startedAt)
  t.strictSame(replaced, { session: { ...session, tokens, revision: 1 }, setCookies: [] })
  t.equal(await waiting, true)
  await until(async () => {
    const finding = await seenBy(there)
    return finding.kind === 'found' && finding.session.tokens.accessToken === 'new too'
  })
  const late = await there.replace(session, { ...session, tokens: { idToken: 'late' } }, jar.header, host, startedAt)
  t.match(late.session, { revision: 1, tokens }, 'and a slow one there does not undo it (lesson 41)')
})

t.test('waiting for a change ends by itself', { skip }, async t => {
  const { here, signInAs } = await twoReplicas(t)
  const { id } = await signInAs('ann')
  t.equal(await here.waitForChange(id, 0, 120), false)
  t.equal(await here.waitForChange('never-there', 0, 5000), true, 'and at once where there is nothing to wait for')
})

t.test('a session that is used at one replica does not idle out at the other', { skip }, async t => {
  const { here, there, signInAs, seenBy, knownToBoth } = await twoReplicas(t)
  await signInAs('ann')
  await knownToBoth()
  t.equal((await seenBy(here, startedAt + 50 * minute)).kind, 'found')
  t.equal((await seenBy(there, startedAt + 100 * minute)).kind, 'found')
  t.strictSame(await seenBy(here, startedAt + 160 * minute), { kind: 'ended', why: 'idle' })
})

t.test('a dump of Redis names nobody and opens nothing', { skip }, async t => {
  const { server, here, jar, signInAs } = await twoReplicas(t)
  const person = signIn('ann', ['sre', 'secret-group'])
  const email = 'ann@example.com'
  const { session } = await here.begin(
    { ...person, identity: { ...person.identity, email } },
    undefined,
    host,
    startedAt,
  )
  await signInAs('ben')
  await here.lock(session.id)
  await here.seenBefore('logout-token-jti', hour)
  const dump = await dumpOf(server)
  t.match(dump, session.id, 'the handle for lists is there')
  const { idToken, accessToken = '', refreshToken = '' } = person.tokens
  const words = ['ann', 'ben', email, 'id-of-', 'sid-of-', 'secret-group', 'login.example.com', 'Firefox', '192.0.2.7']
  const tickets = [...jar.cookies.values()].flatMap(ticket => [ticket, ticket.slice(22)])
  const opened = dump.split('\n').flatMap(line => [line, Buffer.from(line, 'base64url').toString('latin1')])
  for (const word of [...words, idToken, accessToken, refreshToken, 'logout-token-jti', ...tickets])
    t.notOk(
      opened.some(line => line.includes(word)),
      `no "${word.slice(0, 20)}"`,
    )
})

t.test('everything in Redis goes by itself when its time is over', { skip }, async t => {
  const { server, here, signInAs } = await twoReplicas(t)
  const { id } = await signInAs('ann')
  await here.lock(id)
  await here.seenBefore('jti', minute)
  await here.endWhere({ id }, startedAt + 1)
  await signInAs('ben')
  for (const key of (await server.cli('--scan')).split('\n')) {
    const left = Number(await server.cli('pttl', key))
    const most = key.includes(':session:') ? hour : 12 * hour
    t.ok(left > 0 && left <= most, `${key.split(':')[1]} has ${left} ms left`)
  }
})

t.test(
  'secrets rotate while people are signed in, and their sessions can still be listed and ended (lesson 30)',
  { skip },
  async t => {
    const { config, here, jar, signInAs, seenBy } = await twoReplicas(t)
    const ann = await signInAs('ann')
    const rotated = here.renew({ ...config, secrets: [newSecret(), ...config.secrets] })
    t.strictSame(await seenBy(rotated), { kind: 'found', session: ann })
    const { issuer, subject } = ann.identity
    const second = await rotated.begin(signIn('ann'), undefined, host, startedAt + 1)
    const listed = await rotated.list({ issuer, subject }, { limit: 10 })
    t.same(new Set(listed.sessions.map(({ id }) => id)), new Set([ann.id, second.session.id]))
    const ended = await rotated.notBefore(issuer, subject, startedAt + hour)
    t.same(new Set(ended), new Set([ann.id, second.session.id]))
    t.match(await rotated.find(jar.header, host, startedAt), { finding: { why: 'revoked' } })
  },
)

t.test('a reload with equal settings keeps the connection, another server gets a new one', { skip }, async t => {
  const { server, config, here, signInAs, seenBy } = await twoReplicas(t)
  await signInAs('ann')
  await until(async () => /connected_clients:4/.test(await server.cli('info', 'clients')) || true)
  const clients = async () => /connected_clients:(\d+)/.exec(await server.cli('info', 'clients'))?.[1]
  const before = await clients()
  let door = here
  for (let n = 0; n < 5; n++) door = door.renew({ ...config, absoluteMs: (13 + n) * hour })
  t.equal((await seenBy(door)).kind, 'found')
  t.equal(await clients(), before)
  const other = await startRedis(t, { config: inMemory })
  const moved = door.renew({ ...config, store: { type: 'redis', redis: redisConfig(other) } })
  t.strictSame(await seenBy(moved), { kind: 'ended', why: 'unknown' })
  t.equal((await seenBy(door)).kind, 'found', 'requests of the generation before end as they began')
})
