import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { pushedOn } from '../../src/core/session.ts'
import { makeEndedSignal } from '../../src/session/ended-signal.ts'
import { makeMemoryStore } from '../../src/session/memory-store.ts'
import { keepsTheListContract, keepsTheStoreContract } from '../contracts/session-store.ts'
import { host, hour, session } from './examples.ts'

t.test('the memory store keeps the contract', t => {
  keepsTheStoreContract(t, () => makeMemoryStore(100, makeEndedSignal()))
  keepsTheListContract(t, () => makeMemoryStore(100, makeEndedSignal()))
  t.end()
})

t.test('the least recently used session gives way when there are too many', async t => {
  const store = makeMemoryStore(2, makeEndedSignal())
  const add = (user: string) => store.add({ session: session(user), host, keepMs: hour })
  const [ann, ben] = [await add('ann'), await add('ben')]
  await store.find(ann, host)
  await add('cid')
  t.equal(store.count, 2)
  t.match(await store.find(ann, host), { session: { identity: { user: 'ann' } } })
  t.strictSame(await store.find(ben, host), { kind: 'ended', why: 'unknown' })
})

t.test('a slow request does not write an old session over a newer one (lesson 41)', async t => {
  const store = makeMemoryStore(2, makeEndedSignal())
  const ann = session('ann')
  const ticket = await store.add({ session: ann, host, keepMs: hour })
  const seenAt = (later: number) => ({ session: { ...ann, seenAt: ann.seenAt + later }, host, keepMs: hour })
  await store.touch(ticket, seenAt(2000))
  await store.touch(ticket, seenAt(1000))
  t.match(await store.find(ticket, host), { session: { seenAt: ann.seenAt + 2000 } })
})

t.test('a session past its time is let go of without anybody asking for it, and tells its end to who does', async t => {
  const store = makeMemoryStore(10, makeEndedSignal())
  const short = { host, keepMs: 5 }
  await store.add({ session: session('ann'), ...short })
  t.equal(store.count, 1)
  await sleep(30)
  t.equal(store.count, 0)

  const ticket = await store.add({ session: session('ben'), ...short })
  await sleep(30)
  t.match(
    await store.find(ticket, host),
    { session: { identity: { user: 'ben' } } },
    'once more, to be judged by its own times',
  )
  t.strictSame(await store.find(ticket, host), { kind: 'ended', why: 'unknown' })
})

t.test('sessions survive another bound, the least recently used ones beyond it do not', async t => {
  const store = makeMemoryStore(3, makeEndedSignal())
  const add = (user: string) => store.add({ session: session(user), host, keepMs: hour })
  const [ann, ben, cid] = [await add('ann'), await add('ben'), await add('cid')]
  store.resize(100)
  t.equal(store.count, 3)
  store.resize(2)
  t.strictSame(await store.find(ann, host), { kind: 'ended', why: 'unknown' })
  t.match(await store.find(ben, host), { session: { identity: { user: 'ben' } } })
  t.match(await store.find(cid, host), { session: { identity: { user: 'cid' } } })
})

t.test('whoever listens hears of every session that is let go of, whatever the reason (lesson 94)', async t => {
  const signal = makeEndedSignal()
  const store = makeMemoryStore(2, signal)
  const heard: string[] = []
  const stop = signal.on(ids => heard.push(...ids))
  const people = ['ann', 'ben', 'cid', 'dan', 'eve'].map(session)
  const [ann, ben, cid, dan, eve] = people
  const add = (who = session(''), keepMs = hour) => store.add({ session: who, host, keepMs })
  await store.end(await add(ann), host)
  await add(ben)
  await store.endWhere({ id: ben?.id ?? '' }, Number.POSITIVE_INFINITY)
  for (const who of [cid, dan, eve]) await add(who)
  t.strictSame(heard, [ann?.id, ben?.id, cid?.id], 'signed out, revoked, displaced')
  stop()
  await store.close()
  t.equal(heard.length, 3, 'and nothing after that')
})

t.test(
  'an ended session leaves the index, so that a person who comes back a thousand times takes the room of one',
  async t => {
    const store = makeMemoryStore(10, makeEndedSignal())
    for (let n = 0; n < 1000; n++)
      await store.end(await store.add({ session: session('ann'), host, keepMs: hour }), host)
    const ann = session('ann')
    await store.add({ session: ann, host, keepMs: hour })
    const { issuer, subject } = ann.identity
    t.strictSame(await store.endWhere({ issuer, subject }, Number.POSITIVE_INFINITY), [ann.id])
  },
)

t.test('a session that was not asked for in a long while comes back whole', async t => {
  const store = makeMemoryStore(5000, makeEndedSignal())
  const ann = session('ann')
  const ticket = await store.add({ session: ann, host, keepMs: hour })
  const others = async () => {
    for (let n = 0; n < 2100; n++) await store.add({ session: session('other'), host, keepMs: hour })
  }
  await others()
  t.strictSame(await store.find(ticket, host), { kind: 'found', session: ann })
  const later = { ...ann, ...pushedOn(ann, ann.seenAt + 60_000) }
  await others()
  await store.touch(ticket, { session: later, host, keepMs: hour })
  t.strictSame(await store.find(ticket, host), { kind: 'found', session: later })
})

t.test('slots are used again by others, and nobody is found behind the ticket of who had one before', async t => {
  const store = makeMemoryStore(3, makeEndedSignal())
  const kept = new Map<string, string>()
  for (let n = 0; n < 200; n++) {
    const somebody = session(`user-${n}`)
    kept.set(await store.add({ session: somebody, host, keepMs: hour }), somebody.id)
    const [oldest = ''] = kept.keys()
    const leaves = n % 3 === 0 || kept.size > 3
    if (n % 3 === 0) await store.end(oldest, host)
    if (leaves) kept.delete(oldest)
    for (const [ticket, id] of kept) t.match(await store.find(ticket, host), { session: { id } })
    if (leaves) t.strictSame(await store.find(oldest, host), { kind: 'ended', why: 'unknown' })
  }
  t.equal(store.count, kept.size)
})

t.test('another bound changes neither what is found nor the order of a list', async t => {
  const store = makeMemoryStore(10, makeEndedSignal())
  const people = ['ann', 'ben', 'cid', 'dan'].map(session)
  const tickets: string[] = []
  for (const who of people) tickets.push(await store.add({ session: who, host, keepMs: hour }))
  await store.find(tickets[0] ?? '', host)
  const listed = async () => (await store.list({}, { limit: 10 })).sessions.map(({ user }) => user)
  t.strictSame(await listed(), ['dan', 'cid', 'ben', 'ann'])
  store.resize(20)
  t.strictSame(await listed(), ['dan', 'cid', 'ben', 'ann'])
  for (const [index, ticket] of tickets.entries())
    t.strictSame(await store.find(ticket, host), { kind: 'found', session: people[index] })
  const [ann] = people
  t.strictSame(await store.endWhere({ issuer: ann?.identity.issuer ?? '', sid: ann?.sid ?? '' }, Infinity), [ann?.id])
  store.resize(2)
  t.strictSame(await listed(), ['dan', 'cid'])
})
