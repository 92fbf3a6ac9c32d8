// Ways to a Redis: TLS and passwords, right and wrong, and what is said about it.
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { Secret } from '../../src/core/secret.ts'
import { openRedis } from '../../src/session/redis.ts'
import { makeAuthority } from '../support/certificates.ts'
import { inMemory, redisConfig, startRedis, startRedisWithTls, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { memoryLog } from './examples.ts'

const skip = missing('redis-server')

const trust = (ca: string, serverName?: string) => ({ ca, cert: undefined, key: undefined, serverName })

function opened(t: Test, config: Parameters<typeof openRedis>[0]) {
  const log = memoryLog()
  const redis = openRedis({ ...config, timeoutMs: 400 }, log)
  t.teardown(() => redis.close())
  return { redis, log }
}

t.test('over TLS, to a server whose certificate is trusted', { skip }, async t => {
  const server = await startRedisWithTls(t)
  for (const tls of [trust(server.ca), trust(server.ca, 'redis.test'), trust(server.ca, '127.0.0.1')]) {
    const { redis } = opened(t, redisConfig(server, { tls }))
    t.equal(await redis.ask('PING'), 'PONG')
    await until(() => redis.isLive)
  }
})

t.test('no certificate but the right one is good enough', { skip }, async t => {
  const server = await startRedisWithTls(t)
  const { ca: stranger } = makeAuthority(t.testdir())
  for (const tls of [
    trust(stranger),
    trust(server.ca, 'other.test'),
    trust(server.ca, '127.0.0.2'),
    { ...trust(server.ca), ca: undefined },
    undefined,
  ]) {
    const { redis, log } = opened(t, redisConfig(server, { tls }))
    await t.rejects(redis.ask('PING'), { code: 'store-unavailable' })
    t.match(log.lines, [{ text: 'the session store cannot be reached' }])
  }
})

t.test('with a password; a wrong one is never repeated, wherever the failure is looked at', { skip }, async t => {
  const right = 'right-Password'
  const server = await startRedis(t, { config: inMemory, password: right })
  const good = opened(t, redisConfig(server, { password: new Secret(right) }))
  t.equal(await good.redis.ask('PING'), 'PONG')
  const wrong = 'wrong-Password'
  for (const password of [new Secret(wrong), undefined]) {
    const { redis, log } = opened(t, redisConfig(server, { password, username: undefined }))
    const failure = await redis.ask('PING').catch((error: unknown) => error)
    t.match(failure, { code: 'store-unavailable' })
    const everything = inspect([failure, log.lines], { depth: Infinity, showHidden: true })
    t.notMatch(everything, /-Password/)
    t.match(everything, /NOAUTH|WRONGPASS|not ready|writeable/)
  }
})

t.test('a database of its own', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const { redis } = opened(t, redisConfig(server, { database: 3 }))
  await redis.ask('SET', 'here', 'yes')
  t.equal(await server.cli('-n', '3', 'get', 'here'), 'yes')
})
