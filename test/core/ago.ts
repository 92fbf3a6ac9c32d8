// How long ago something was.
import t from 'tap'
import { ago } from '../../src/core/ago.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

t.test('the largest unit that fits, rounded down', async t => {
  const words = [
    [0, 'just now'],
    [minute - 1, 'just now'],
    [minute, '1 minute ago'],
    [2 * minute - 1, '1 minute ago'],
    [59 * minute, '59 minutes ago'],
    [hour, '1 hour ago'],
    [23 * hour, '23 hours ago'],
    [day, '1 day ago'],
    [400 * day, '400 days ago'],
  ] as const
  for (const [passed, expected] of words) t.equal(ago(passed), expected)
})

t.test('what another clock puts into the future is just now', async t => {
  t.equal(ago(-5 * minute), 'just now')
})
