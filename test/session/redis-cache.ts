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
  t.match(cache.get(ann.id, 'ticket', host), { session: ann, doubtedSince: undefined })
  const before = cache.drops
  cache.doubtAll(1)
  cache.put(ann, 'ticket', host, before)
  t.match(cache.get(ann.id, 'ticket', host), { session: ann, doubtedSince: 1 })
})

t.test('doubt is as old as its first reason, and ends when the session is read again', async t => {
  const cache = makeRedisCache()
  const [ann, ben] = [session('ann'), session('ben')]
  for (const each of [ann, ben]) cache.put(each, 'ticket', host, cache.drops)
  const since = ({ id }: { readonly id: string }) => cache.get(id, 'ticket', host)?.doubtedSince
  cache.doubt(ann.id, 5)
  t.strictSame([since(ann), since(ben)], [5, undefined])
  cache.doubtAll(9)
  t.strictSame([since(ann), since(ben)], [5, 9])
  cache.seen(ann.id, { seenAt: ann.seenAt + 1 })
  t.equal(since(ann), 5, 'a clock that was pushed on proves nothing')
  cache.put(ann, 'ticket', host, cache.drops)
  t.equal(since(ann), undefined)
  cache.doubt('of a stranger', 5)
  t.equal(cache.get('of a stranger', 'ticket', host), undefined)
})

t.test('a cookie without a session spoils nothing for those who are being read', async t => {
  const cache = makeRedisCache()
  const ann = session('ann')
  const { drops } = cache
  cache.forget('of a stranger')
  cache.put(ann, 'ticket', host, drops)
  t.equal(cache.get(ann.id, 'ticket', host)?.session, ann)
})

t.test('it answers for the ticket and the host that were proven, and for no others', async t => {
  const cache = makeRedisCache()
  const ann = session('ann')
  cache.put(ann, 'ticket', host, cache.drops)
  t.equal(cache.get(ann.id, 'other', host), undefined)
  t.equal(cache.get(ann.id, 'ticket', 'other.example.com'), undefined)
  cache.seen(ann.id, { seenAt: ann.seenAt + 1, restedMs: 7 })
  t.match(cache.get(ann.id, 'ticket', host)?.session, { seenAt: ann.seenAt + 1, restedMs: 7 })
})
