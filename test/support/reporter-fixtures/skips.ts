// A test skipped for a reason, one that is to be written, and one that would throw instead of asserting.
import t from 'tap'

t.test('passes', async t => t.ok(true))
t.test('group', async t => {
  t.test('not here', { skip: 'no such program' }, async t => t.fail('must not run'))
})
t.test('later', { todo: 'not built' }, async t => t.ok(true))
t.test('checks by itself', async () => {
  await new Promise(resolve => setTimeout(resolve, 5))
})
