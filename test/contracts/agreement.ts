// What replicas, or the requests of one process, can rely on when they agree.
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Agreement } from '../../src/session/agreement.ts'

type Parties = readonly [Agreement, Agreement]

/** `parties`: two who must agree, new for every test. */
export function keepsTheAgreementContract(t: Test, parties: (t: Test) => Parties | Promise<Parties>): void {
  t.test('one holds a lock, until it lets go (lesson 50)', async t => {
    const [here, there] = await parties(t)
    const lock = await here.lock('session-1')
    t.equal(lock?.isHeld, true)
    t.equal(await there.lock('session-1'), undefined)
    t.equal(await here.lock('session-1'), undefined, 'not even the holder gets it twice')
    t.ok(await there.lock('session-2'), 'another lock is another lock')
    await lock?.release()
    t.equal(lock?.isHeld, false)
    t.ok(await there.lock('session-1'))
  })

  t.test('a lock that was released does not let go of its next holder', async t => {
    const [here, there] = await parties(t)
    const first = await here.lock('session')
    await first?.release()
    const second = await there.lock('session')
    await first?.release()
    t.equal(second?.isHeld, true)
    t.equal(await here.lock('session'), undefined)
  })

  t.test('of many who ask at once one gets the lock', async t => {
    const [here, there] = await parties(t)
    const locks = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? here : there).lock('session')))
    t.equal(locks.filter(lock => lock?.isHeld).length, 1)
  })

  t.test('what was seen once was seen, whoever asks (lesson 88)', async t => {
    const [here, there] = await parties(t)
    t.equal(await here.seenBefore('jti-1', 60_000), false)
    t.equal(await here.seenBefore('jti-1', 60_000), true)
    t.equal(await there.seenBefore('jti-1', 60_000), true)
    t.equal(await there.seenBefore('jti-2', 60_000), false)
    const firsts = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? here : there).seenBefore('jti-3', 60_000)),
    )
    t.equal(firsts.filter(seen => !seen).length, 1)
  })

  t.test('what was seen is forgotten after its time', async t => {
    const [here, there] = await parties(t)
    await here.seenBefore('jti', 30)
    await pause(80)
    t.equal(await there.seenBefore('jti', 60_000), false)
  })
  const ann = { of: 'person', name: 'route app user ann' } as const
  const often = { count: 5, perMs: 600_000 }

  t.test('what may be done so often may be done so often by all of them together', async t => {
    const [here, there] = await parties(t)
    const waits = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? here : there).spend(ann, often)))
    t.equal(waits.filter(ms => ms === 0).length, 5)
    t.ok(
      waits.every(ms => ms <= 120_000),
      'in the time of one there is one again',
    )
    t.ok((await there.spend(ann, often)) > 60_000)
    t.equal(await here.spend({ ...ann, name: 'route app user bob' }, often), 0)
    t.equal(await here.spend({ ...ann, of: 'network' }, often), 0)
  })

  t.test('what was spent comes back with time', async t => {
    const [here, there] = await parties(t)
    const rate = { count: 1, perMs: 100 }
    t.equal(await here.spend(ann, rate), 0)
    t.ok((await there.spend(ann, rate)) > 0)
    await pause(150)
    t.equal(await there.spend(ann, rate), 0)
  })

  t.test('a rate that was changed counts at once', async t => {
    const [here] = await parties(t)
    t.equal(await here.spend(ann, { count: 1, perMs: 3_600_000 }), 0)
    const wait = await here.spend(ann, { count: 1, perMs: 1000 })
    t.ok(wait > 0 && wait < 1001, 'nobody waits out the hour of the old one')
  })
}
