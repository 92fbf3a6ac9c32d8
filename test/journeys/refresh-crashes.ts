// What becomes of a refresh whose process is killed or stands still: another one takes over, and nobody is signed out.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { until } from '../support/redis.ts'
import { startReplicas } from '../support/replicas.ts'
import { silent, tokens } from '../support/rogue-faults.ts'
import { missing } from '../support/services.ts'

const skip = missing('redis-server')

t.test(
  'when the process that refreshes is killed, the one that waits for it takes over (lesson 50)',
  { skip },
  async t => {
    const { gateways, provider, signIn } = await startReplicas(t, 2)
    const [first, second] = gateways
    if (!first || !second) throw new Error('there should be two')
    provider.misbehave(tokens({ expires_in: 1 }))
    const cookies = await signIn()
    await pause(1100)
    provider.misbehave(silent('token'))
    const before = provider.calls.token
    const lost = first.ask(cookies).catch(() => 'lost')
    while (provider.calls.token === before) await pause(20)
    const waiting = second.ask(cookies)
    await pause(200)
    t.equal(provider.calls.token, before + 1, 'the second one waits')
    await first.kill()
    t.equal(await lost, 'lost')
    provider.behave()
    t.equal(await waiting, 200)
    t.equal(provider.calls.token, before + 2)
    await until(() => second.lines.some(({ msg }) => msg === 'session refreshed'))
    t.pass('and it says so')
  },
)

t.test(
  'a process that stood still while it refreshed takes what another has brought (lesson 51)',
  { skip },
  async t => {
    const { gateways, provider, signIn } = await startReplicas(t, 2)
    const [first, second] = gateways
    if (!first || !second) throw new Error('there should be two')
    provider.misbehave(tokens({ expires_in: 1 }))
    const cookies = await signIn()
    await pause(1100)
    provider.misbehave(silent('token'))
    const before = provider.calls.token
    const late = first.ask(cookies)
    while (provider.calls.token === before) await pause(20)
    first.freeze()
    provider.behave()
    t.equal(await second.ask(cookies), 200)
    first.thaw()
    t.equal(await late, 200)
    t.equal(await first.ask(cookies), 200)
    t.equal(provider.calls.token, before + 2)
  },
)
