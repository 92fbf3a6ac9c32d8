import t from 'tap'
import { makeRedisCache } from '../../src/session/redis-cache.ts'
import { host, session } from './examples.ts'

t.test('what was read before a session changed is not kept after it', async t => {
  const cache = makeRedisCache()
  const ann = session('ann')
  const { drops } = cache
  cache.drop(ann.id)
  cache.put(ann, 'ticket', host, drops)
  t.equal(cache.get(ann.id, 'ticket', host), undefined, 'the news overtook the answer')
  cache.put(ann, 'ticket', host, cache.drops)
  t.equal(cache.get(ann.id, 'ticket', host), ann)
  const before = cache.drops
  cache.clear()
  cache.put(ann, 'ticket', host, before)
  t.equal(cache.get(ann.id, 'ticket', host), undefined)
})

t.test('a cookie without a session spoils nothing for those who are being read', async t => {
  const cache = makeRedisCache()
  const ann = session('ann')
  const { drops } = cache
  cache.forget('of a stranger')
  cache.put(ann, 'ticket', host, drops)
  t.equal(cache.get(ann.id, 'ticket', host), ann)
})

t.test('it answers for the ticket and the host that were proven, and for no others', async t => {
  const cache = makeRedisCache()
  const ann = session('ann')
  cache.put(ann, 'ticket', host, cache.drops)
  t.equal(cache.get(ann.id, 'other', host), undefined)
  t.equal(cache.get(ann.id, 'ticket', 'other.example.com'), undefined)
  cache.seen(ann.id, { seenAt: ann.seenAt + 1, restedMs: 7 })
  t.match(cache.get(ann.id, 'ticket', host), { seenAt: ann.seenAt + 1, restedMs: 7 })
})
