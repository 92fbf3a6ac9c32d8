import t from 'tap'
import { notShared } from '../../src/core/shared-store.ts'

t.test('a store is shared when workers learn from it what others do, and who of them refreshes', async t => {
  t.equal(notShared({ type: 'redis' }), undefined)
  t.match(notShared({ type: 'cookie' }), /spend its refresh token at once/)
  t.match(notShared({ type: 'memory' }), /nobody at the others/)
})
