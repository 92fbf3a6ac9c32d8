import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { makeMemoryStore } from '../../src/session/memory-store.ts'
import { keepsTheStoreContract } from '../contracts/session-store.ts'
import { host, hour, session } from './examples.ts'

t.test('the memory store keeps the contract', t => {
  keepsTheStoreContract(t, () => makeMemoryStore(100))
  t.end()
})

t.test('the least recently used session gives way when there are too many', async t => {
  const store = makeMemoryStore(2)
  const add = (user: string) => store.add({ session: session(user), host, keepMs: hour })
  const [ann, ben] = [await add('ann'), await add('ben')]
  await store.find(ann, host)
  await add('cid')
  t.equal(store.count, 2)
  t.match(await store.find(ann, host), { identity: { user: 'ann' } })
  t.equal(await store.find(ben, host), undefined)
})

t.test('lesson 41: a slow request does not write an old session over a newer one', async t => {
  const store = makeMemoryStore(2)
  const ann = session('ann')
  const ticket = await store.add({ session: ann, host, keepMs: hour })
  const seenAt = (later: number) => ({ session: { ...ann, seenAt: ann.seenAt + later }, host, keepMs: hour })
  await store.touch(ticket, seenAt(2000))
  await store.touch(ticket, seenAt(1000))
  t.match(await store.find(ticket, host), { seenAt: ann.seenAt + 2000 })
})

t.test('a session past its time is let go of without anybody asking for it, and tells its end to who does', async t => {
  const store = makeMemoryStore(10)
  const short = { host, keepMs: 5 }
  await store.add({ session: session('ann'), ...short })
  t.equal(store.count, 1)
  await sleep(30)
  t.equal(store.count, 0)

  const ticket = await store.add({ session: session('ben'), ...short })
  await sleep(30)
  t.match(await store.find(ticket, host), { identity: { user: 'ben' } }, 'once more, to be judged by its own times')
  t.equal(await store.find(ticket, host), undefined)
})

t.test('sessions survive another bound, the least recently used ones beyond it do not', async t => {
  const store = makeMemoryStore(3)
  const add = (user: string) => store.add({ session: session(user), host, keepMs: hour })
  const [ann, ben, cid] = [await add('ann'), await add('ben'), await add('cid')]
  store.resize(100)
  t.equal(store.count, 3)
  store.resize(2)
  t.equal(await store.find(ann, host), undefined)
  t.match(await store.find(ben, host), { identity: { user: 'ben' } })
  t.match(await store.find(cid, host), { identity: { user: 'cid' } })
})
