// Refresh where it is hardest: several gateway processes, one Redis, and a provider that takes each refresh token once.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { until } from '../support/redis.ts'
import { refreshStorm } from '../support/refresh-storm.ts'
import { startReplicas } from '../support/replicas.ts'
import { tokens } from '../support/rogue-faults.ts'
import { missing } from '../support/services.ts'

const skip = missing('redis-server')

t.test('sixty sessions that expire together at two processes are sixty token calls (lesson 50)', { skip }, async t => {
  const replicas = await startReplicas(t, 2)
  const [round] = await refreshStorm(replicas, { sessions: 60, rounds: 1, requestsPerGateway: 3 }, 4000)
  t.match(round, { requests: 360, tokenCalls: 60, mostRefreshes: 1 })
  t.strictSame(round?.failed, [])
})

t.test('a Redis that stands still while the new tokens arrive costs nobody the session', { skip }, async t => {
  const { gateways, provider, redis, signIn } = await startReplicas(t, 1)
  const [only] = gateways
  provider.misbehave(tokens({ expires_in: 1 }))
  const cookies = await signIn()
  await pause(1100)
  provider.misbehave({
    tokens(given) {
      redis.freeze()
      setTimeout(redis.thaw, 2000)
      return given
    },
  })
  t.equal(await only?.ask(cookies), 200)
  provider.behave()
  await pause(1100)
  t.equal(await only?.ask(cookies), 200)
  const refreshed = () => only?.lines.filter(({ msg }) => msg === 'session refreshed') ?? []
  await until(() => refreshed().length >= 2)
  t.equal(refreshed().length, 2, 'the token that came while nobody could write it down was good for the next one')
})
