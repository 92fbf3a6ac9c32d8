import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openRedis, type RedisLink } from '../../src/session/redis.ts'
import { agreeThrough } from '../../src/session/redis-agreement.ts'
import { keepsTheAgreementContract } from '../contracts/agreement.ts'
import type { LockOrder } from '../support/lock-holder.ts'
import { inMemory, nodesOf, redisConfig, startRedis, startRedisCluster, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { memoryLog } from './examples.ts'

const LOCK_MS = 1000

const skip = missing('redis-server')

const opened = (t: Test, config: Parameters<typeof openRedis>[0]): RedisLink => {
  const redis = openRedis(config, memoryLog())
  t.teardown(() => redis.close())
  return redis
}

t.test('replicas agree through a single Redis, and through a cluster', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const nodes = await startRedisCluster(t)
  const places = [{}, { at: { kind: 'cluster', nodes: nodesOf(nodes) } }] as const
  for (const [index, place] of places.entries()) {
    let tests = 0
    keepsTheAgreementContract(t, async t => {
      const config = redisConfig(server, { ...place, keyPrefix: `${index}-${++tests}:` })
      const links = [opened(t, config), opened(t, config)] as const
      for (const link of links) await link.current()
      return [agreeThrough(links[0]), agreeThrough(links[1])]
    })
  }
})

t.test(
  'a lock is kept for as long as its holder lives, and no longer than its time after that (lesson 50)',
  { skip },
  async t => {
    const server = await startRedis(t, { config: inMemory })
    const config = redisConfig(server)
    const holder = fork(new URL('../support/lock-holder.ts', import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    t.teardown(() => holder.kill('SIGKILL'))
    const order: LockOrder = { port: server.port, lockMs: LOCK_MS }
    holder.send(order)
    t.same(await once(holder, 'message'), [true, undefined])
    const agreement = agreeThrough(opened(t, config), LOCK_MS)
    await pause(2 * LOCK_MS)
    t.equal(await agreement.lock('session'), undefined, 'renewed beyond its first time')
    const killedAt = performance.now()
    holder.kill('SIGKILL')
    await until(async () => (await agreement.lock('session')) !== undefined)
    t.ok(performance.now() - killedAt < LOCK_MS + 500)
  },
)

t.test('a holder that was cut off knows that it holds nothing any more', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const lock = await agreeThrough(opened(t, redisConfig(server, { timeoutMs: 200 })), LOCK_MS).lock('session')
  t.equal(lock?.isHeld, true)
  await server.cli('flushall')
  await until(() => lock?.isHeld === false)
  t.pass('the next renewal finds out')
})

t.test('without Redis each process counts alone, and nobody is without a limit', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const links = [opened(t, redisConfig(server)), opened(t, redisConfig(server))] as const
  for (const link of links) await link.current()
  const [here, there] = [agreeThrough(links[0]), agreeThrough(links[1])]
  const [ann, often] = [{ of: 'person', name: 'ann' } as const, { count: 2, perMs: 600_000 }]
  t.same([await here.spend(ann, often), await here.spend(ann, often)], [0, 0])
  t.ok((await there.spend(ann, often)) > 0, 'spent by the other one')
  await server.kill()
  t.ok((await here.spend(ann, often)) > 0, 'what this process let pass it remembers')
  const bob = { of: 'person', name: 'bob' } as const
  t.same([await there.spend(bob, often), await there.spend(bob, often)], [0, 0])
  t.ok((await there.spend(bob, often)) > 0)
})

t.test('Redis keeps nothing of those who have rested, and no names of those who have not', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const link = opened(t, redisConfig(server))
  await link.current()
  const agreement = agreeThrough(link)
  for (let n = 0; n < 50; n++)
    await agreement.spend({ of: 'network', name: `203.0.113.${n}` }, { count: 10, perMs: 1000 })
  await agreement.spend({ of: 'person', name: 'ann' }, { count: 1, perMs: 600_000 })
  await until(async () => (await server.cli('dbsize')) === '1')
  t.match(await server.cli('keys', '*'), /^sallyport:spent:[\w-]{43}$/)
})

t.test('a flood does not get as far as Redis', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const link = opened(t, redisConfig(server))
  await link.current()
  const agreement = agreeThrough(link)
  const scripts = async () =>
    Number(/cmdstat_eval:calls=(\d+)/.exec(await server.cli('info', 'commandstats'))?.[1] ?? 0)
  for (let n = 0; n < 1000; n++)
    await agreement.spend({ of: 'network', name: '203.0.113.7' }, { count: 10, perMs: 600_000 })
  t.equal(await scripts(), 10)
})
