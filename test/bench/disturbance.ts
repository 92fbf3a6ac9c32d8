// What others take of the machine.
import t from 'tap'
import { readBusy, watchOthers } from '../../bench/disturbance.ts'

t.test('user, nice, system and stolen time is busy; idle time, waiting and interrupts are not', async t => {
  const stat = 'cpu  1 2 4 1000 1000 1000 1000 8 0 0\ncpu0 9 9 9 9 9 9 9 9 9 9\n'
  t.equal(readBusy(stat), 150_000)
})

t.test('what this process does itself is no disturbance', async t => {
  const others = watchOthers()
  for (const end = performance.now() + 200; performance.now() < end; );
  const share = others()
  t.ok(share >= 0 && share <= 1, String(share))
})
