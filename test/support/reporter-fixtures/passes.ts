// Two named tests that pass, one of them inside a group.
import t from 'tap'

t.test('alone', async t => {
  t.ok(true)
  t.ok(true)
})

t.test('group', async t => {
  t.test('inside', async t => t.ok(true))
})
