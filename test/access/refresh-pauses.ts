import t from 'tap'
import { makeRefreshPauses } from '../../src/access/refresh-pauses.ts'

const second = 1000

t.test('after a failure nobody tries for half a minute (lesson 52)', async t => {
  const pauses = makeRefreshPauses()
  t.notOk(pauses.isOn('a', 0))
  t.equal(pauses.begin('a', 0), 30 * second)
  t.ok(pauses.isOn('a', 30 * second - 1))
  t.notOk(pauses.isOn('a', 30 * second))
  t.notOk(pauses.isOn('b', 0), 'others may')
})

t.test('each failure in a row makes the pause longer, up to five minutes, and a success ends the row', async t => {
  const pauses = makeRefreshPauses()
  const seconds = Array.from({ length: 6 }, () => pauses.begin('a', 0) / second)
  t.strictSame(seconds, [30, 60, 120, 240, 300, 300])
  pauses.forget('a')
  t.notOk(pauses.isOn('a', 0))
  t.equal(pauses.begin('a', 0), 30 * second)
})

t.test('the oldest failures are forgotten before the memory grows without end', async t => {
  const pauses = makeRefreshPauses()
  for (let id = 0; id < 20_000; id++) pauses.begin(`${id}`, 0)
  pauses.begin('0', 0)
  pauses.begin('one more', 0)
  t.notOk(pauses.isOn('1', 0))
  for (const id of ['0', '2', '19999', 'one more']) t.ok(pauses.isOn(id, 0), id)
})
