// Three gateways behind a balancer, one Redis, node-oidc-provider, and people at work: whatever dies or stands still, nobody is signed out and nobody gets an error.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { onDisk, openWorld, showEverybodyEverywhere, signAllIn, survive, watch } from '../support/people-at-work.ts'
import { inMemory, until } from '../support/redis.ts'
import { missing } from '../support/services.ts'

const skip = missing('redis-server')
const nobodyElse = { refused: 0, cut: 0, silent: 0 }

/** Shorter than \`downFor\`, longer than \`timeout\` and a tenth of the idle limit. */
const AWAY_MS = 3000

t.test('nobody notices what happens to one of three gateways, or to Redis', { skip }, async t => {
  const world = await openWorld(t, { gateways: 3, people: 30, redis: onDisk })
  const { gateways, redis, provider } = world
  for (const [index, gateway] of gateways.entries()) {
    const killed = await survive(t, world, `kill -9 of gateway ${index + 1}`, async () => {
      await gateway.kill()
      await pause(300)
      await gateway.restart()
    })
    t.ok(killed.sentAgain.refused > 0, 'the others had to stand in')
  }
  for (const [index, gateway] of gateways.entries())
    await survive(t, world, `gateway ${index + 1} stands still`, async () => {
      gateway.freeze()
      // The last one for longer than the balancer waits.
      await pause(index < 2 ? 1000 : 4000)
      gateway.thaw()
    })
  await showEverybodyEverywhere(world)
  const stopped = await survive(t, world, 'SIGTERM of a gateway', async () => {
    t.equal(await gateways[0]?.stop(), 0)
    await gateways[0]?.restart()
  })
  t.equal(stopped.twice, 0, 'what a gateway had begun when it was told to stop it finished')

  await showEverybodyEverywhere(world)
  const still = await survive(t, world, 'Redis stands still', async () => {
    redis.freeze()
    await pause(AWAY_MS)
    redis.thaw()
  })
  t.match(still, { sentAgain: nobodyElse, twice: 0 }, 'the gateways answer all the same')
  await showEverybodyEverywhere(world)
  const away = await survive(t, world, 'kill -9 of a Redis that writes down what it knows', async () => {
    await redis.kill()
    await pause(AWAY_MS)
    await redis.restart()
  })
  t.match(away, { sentAgain: nobodyElse, twice: 0 })
  await survive(t, world, 'the provider is killed', provider.stop)
})

t.test('whom a Redis forgets that writes nothing down can sign in again, and sees no error', { skip }, async t => {
  const world = await openWorld(t, { gateways: 2, people: 6, redis: inMemory })
  const { people, redis } = world
  await showEverybodyEverywhere(world)
  await survive(t, world, 'kill -9 of Redis', async () => {
    await redis.kill()
    await pause(1000)
  })
  const forgotten = await watch(t, world, 'it comes back and knows nobody', async () => {
    await redis.restart()
    await until(async () => (await showEverybodyEverywhere(world)).every(status => status === 401))
  })
  t.ok(forgotten.lost > 0)
  await signAllIn(people, world.names)
  await survive(t, world, 'signed in again', () => pause(500))
})
