// Trying again later: how long the pauses are, and that they end when they should.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { makeBackOff, pauseAfter } from '../../src/oidc/back-off.ts'

t.test('pauses double from one second to thirty, and are up to a quarter shorter', async t => {
  for (const [failures, wholeMs] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
    const pauses = Array.from({ length: 50 }, () => pauseAfter(failures))
    t.ok(pauses.every(ms => ms > wholeMs * 0.75 && ms <= wholeMs))
    t.ok(new Set(pauses).size > 1, 'they differ')
  }
  t.ok(pauseAfter(5000) <= 30_000)
})

t.test('after the pause there is one more attempt, however often it was asked for', async t => {
  let attempts = 0
  const backOff = makeBackOff(() => attempts++)
  t.teardown(backOff.close)
  t.equal(backOff.secondsLeft(), undefined)
  for (let times = 0; times < 5; times++) backOff.wait()
  t.equal(backOff.secondsLeft(), 1)
  t.equal(attempts, 0)
  await pause(1050)
  t.equal(attempts, 1)
  t.equal(backOff.secondsLeft(), undefined)
})

t.test('a closed one waits for nothing any more', async t => {
  const backOff = makeBackOff(t.fail)
  backOff.wait()
  backOff.close()
  t.equal(backOff.secondsLeft(), undefined)
  backOff.wait()
  t.equal(backOff.secondsLeft(), undefined)
})
