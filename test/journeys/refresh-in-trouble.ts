// Sessions whose tokens end all the time, at a provider that rotates, while gateways, Redis and the provider are in trouble.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { onDisk, openWorld, showEverybodyEverywhere, survive } from '../support/people-at-work.ts'
import { missing } from '../support/services.ts'

const skip = missing('redis-server')

t.test('sessions that are refreshed all the time survive as well', { skip }, async t => {
  const world = await openWorld(t, { gateways: 2, people: 10, redis: onDisk, provider: { accessTokenSeconds: 3 } })
  const { gateways, redis, provider } = world
  const tokenCalls = async () => (await provider.counts())['/token'] ?? 0
  const before = await tokenCalls()
  await survive(t, world, 'a gateway stands still', async () => {
    gateways[0]?.freeze()
    await pause(1500)
    gateways[0]?.thaw()
  })
  await survive(t, world, 'SIGTERM of a gateway', async () => {
    t.equal(await gateways[0]?.stop(), 0)
    await gateways[0]?.restart()
  })
  await showEverybodyEverywhere(world)
  await survive(t, world, 'Redis stands still', async () => {
    redis.freeze()
    await pause(1500)
    redis.thaw()
  })
  t.ok((await tokenCalls()) >= before + 10, 'everybody has new tokens')
  await survive(t, world, 'the provider is killed, and all tokens end', async () => {
    await provider.stop()
    await pause(4000)
  })
})
