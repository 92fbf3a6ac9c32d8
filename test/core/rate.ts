import fc from 'fast-check'
import t from 'tap'
import { parseRate, type Rate, spend } from '../../src/core/rate.ts'

t.test('a rate is a number of times in a second, a minute or an hour', async t => {
  t.same(parseRate('100/s'), { count: 100, perMs: 1000 })
  t.same(parseRate('300/m'), { count: 300, perMs: 60_000 })
  t.same(parseRate('1/h'), { count: 1, perMs: 3_600_000 })
  for (const text of [
    '',
    '0/s',
    '-1/s',
    '1',
    '/s',
    '1/d',
    '1/ s',
    '01/s',
    '1.5/s',
    '1e3/s',
    '100000/s',
    '1/s/s',
    '1/S',
  ])
    t.equal(parseRate(text), undefined, JSON.stringify(text))
})

/** How many of these times pass, and when. */
function passing(rate: Rate, times: readonly number[]): readonly number[] {
  let fullAt = 0
  return times.filter(now => {
    const spent = spend(rate, fullAt, now)
    fullAt = spent.fullAt
    return spent.waitMs === 0
  })
}

const rates = fc.record({ count: fc.integer({ min: 1, max: 2000 }), perMs: fc.constantFrom(1000, 60_000, 3_600_000) })
const start = 1_764_000_000_000

t.test('so many pass at once, not one more, at every rate and hour', async t => {
  const exactly = fc.property(rates, fc.integer({ min: 0, max: 1e9 }), (rate, later) => {
    const at = Array.from({ length: rate.count + 5 }, () => start + later)
    return passing(rate, at).length === rate.count
  })
  t.doesNotThrow(() => fc.assert(exactly))
})

t.test('in no stretch of time do more pass than at once and over that time together', async t => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 300 })
  const bounded = fc.property(rates, gaps, (rate, steps) => {
    let now = start
    const times = steps.map(step => {
      now += step
      return now
    })
    const passed = passing(rate, times)
    return passed.every((from, first) =>
      passed.slice(first).every((to, more) => more + 1 <= rate.count + ((to - from) * rate.count) / rate.perMs + 1),
    )
  })
  t.doesNotThrow(() => fc.assert(bounded, { numRuns: 50 }))
})

t.test('whoever waits as long as was said may pass, and whoever does not come is full again', async t => {
  const rate = { count: 3, perMs: 60_000 }
  t.equal(passing(rate, [0, 0, 0, 0, 19_999 / 2]).length, 3)
  const { waitMs } = spend(rate, 60_000, 0)
  t.equal(waitMs, 20_000)
  t.equal(spend(rate, 60_000, waitMs).waitMs, 0)
  t.equal(passing(rate, [0, 0, 0, 60_000, 60_000, 60_000]).length, 6)
})

t.test('what a longer period left behind is not waited out', async t => {
  t.ok(spend({ count: 1, perMs: 1000 }, 3_600_000, 0).waitMs <= 1000)
})
