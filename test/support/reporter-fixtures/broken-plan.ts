// Fewer assertions than planned.
import t from 'tap'

t.test('planned two', async t => {
  t.plan(2)
  t.ok(true)
})
