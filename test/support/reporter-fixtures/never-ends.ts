// A test that waits for something that does not come.
import t from 'tap'

t.test('waits', async t => {
  t.ok(true)
  await new Promise(resolve => setTimeout(resolve, 4_000))
})
