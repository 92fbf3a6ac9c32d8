import t from 'tap'
import { notShared } from '../../src/core/shared-store.ts'

t.test('a store is shared when every process learns from it what another has done', async t => {
  t.equal(notShared({ type: 'redis' }), undefined)
  t.equal(notShared({ type: 'cookie', notBefore: { url: 'redis://r' } }), undefined)
  t.match(notShared({ type: 'cookie' }), /lives on at the others/)
  t.match(notShared({ type: 'memory' }), /nobody at the others/)
})
