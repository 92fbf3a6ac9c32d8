// The numbers that stand for many.
import t from 'tap'
import { median, percentile, spread } from '../../bench/statistics.ts'

t.test('the median is the one in the middle, or between the two in the middle', async t => {
  t.equal(median([7]), 7)
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([10, 2, 4, 100]), 7, 'by size and not by digits')
})

t.test('a percentile is a value that was measured, with at least that share at or below it', async t => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1)
  t.equal(percentile(hundred, 0.5), 50)
  t.equal(percentile(hundred, 0.99), 99)
  t.equal(percentile(hundred, 1), 100)
  t.equal(percentile([3], 0.01), 3)
  t.equal(percentile([1, 2, 3], 0.99), 3)
})

t.test('a spread is told by its middle and its ends', async t => {
  t.strictSame(spread([3, 1, 2]), { median: 2, min: 1, max: 3 })
  t.strictSame(spread([3, Number.NaN, 1]), { median: 2, min: 1, max: 3 }, 'of what was measured')
})
