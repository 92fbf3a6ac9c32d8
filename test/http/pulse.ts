import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Pulse, takePulse } from '../../src/http/pulse.ts'
import { block, keepBlocking } from '../support/block.ts'

const BEAT_MS = 10

const taken = (t: Test): Pulse => {
  const pulse = takePulse(BEAT_MS)
  t.teardown(pulse.stop)
  return pulse
}

t.test('a loop that is blocked again and again is late, and in time again when that is over', async t => {
  const pulse = taken(t)
  t.equal(pulse.lateMs, 0)
  const stop = keepBlocking(60)
  t.teardown(stop)
  for (let patience = 100; patience > 0 && pulse.lateMs < 40; patience--) await pause(BEAT_MS)
  t.ok(pulse.lateMs >= 40, `${pulse.lateMs} ms late`)
  stop()
  for (let patience = 500; patience > 0 && pulse.lateMs >= 40; patience--) await pause(BEAT_MS)
  t.ok(pulse.lateMs < 40, `${pulse.lateMs} ms late`)
})

t.test('one long task is no reason', async t => {
  const pulse = taken(t)
  block(1000)
  await pause(BEAT_MS * 3)
  t.ok(pulse.lateMs < 900, `${pulse.lateMs} ms late`)
})
