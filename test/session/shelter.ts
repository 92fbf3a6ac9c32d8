// What outlives a reload must also outlive the reload that takes a reload back.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { makeSessions } from '../../src/session/sessions.ts'
import { makeShelter } from '../../src/session/shelter.ts'
import { inMemory, redisConfig, startRedis, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { host, hour, Jar, memoryLog, settings, signIn, startedAt } from './examples.ts'

const skip = missing('redis-server')

const farewellMs = 50

t.test('a connection that is needed again is not closed, and another one is', { skip }, async t => {
  const [one, other] = await Promise.all([startRedis(t, { config: inMemory }), startRedis(t, { config: inMemory })])
  const shelter = makeShelter(memoryLog(), 16 * 1024, farewellMs)
  t.teardown(() => shelter.close())
  const notBefore = (server: typeof one) => redisConfig(server)
  const cookies = (server: typeof one) => shelter.cookies(settings(), notBefore(server))
  const first = cookies(one)
  const left = cookies(other)
  t.equal(cookies(one), first, 'it is there yet')
  await pause(4 * farewellMs)
  await first.voids.add('ann', startedAt)
  t.equal(first.voids.get('ann'), startedAt)
  await t.rejects(left.voids.add('ann', startedAt), { code: 'store-unavailable' })
  const again = cookies(other)
  await again.voids.add('ann', startedAt)
  t.equal(again.voids.get('ann'), startedAt, 'whoever comes back after a farewell gets a new one')
})

t.test('sessions that may last longer since a reload: which ended is known for longer too', { skip }, async t => {
  const server = await startRedis(t, { config: inMemory })
  const config = settings({ absoluteMs: hour, store: { type: 'cookie', notBefore: redisConfig(server) } })
  const here = makeSessions(config, memoryLog())
  t.teardown(() => here.close())
  const { setCookies } = await here.begin(signIn('ann'), undefined, host, startedAt)
  await here.end(new Jar().keep(setCookies).header, host, startedAt)
  const left = async () => Number(await server.cli('pttl', 'sallyport:voids'))
  t.ok((await left()) <= hour)
  here.renew({ ...config, absoluteMs: 12 * hour })
  await until(async () => (await left()) > 11 * hour)
  here.renew(config)
  await pause(50)
  t.ok((await left()) > 11 * hour, 'and for as long as the longest that were begun')
})
