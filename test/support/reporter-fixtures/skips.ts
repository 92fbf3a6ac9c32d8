// A test skipped for a reason, one that is to be written, and one that asserts nothing.
import t from 'tap'

t.test('passes', async t => t.ok(true))
t.test('group', async t => {
  t.test('not here', { skip: 'no such program' }, async t => t.fail('must not run'))
})
t.test('later', { todo: 'not built' }, async t => t.ok(true))
t.test('says nothing', async () => {})
