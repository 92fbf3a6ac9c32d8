import t from 'tap'
import { makeCookieMemory } from '../../src/session/cookie-memory.ts'
import { makeCookieStore } from '../../src/session/cookie-store.ts'
import { makeEndedSignal } from '../../src/session/ended-signal.ts'
import { makeSealer } from '../../src/session/seal.ts'
import { makeVoidList } from '../../src/session/void-list.ts'
import { keepsTheStoreContract } from '../contracts/session-store.ts'
import { cookie, host, hour, newSecret, session, startedAt } from './examples.ts'

const parts = () => ({
  sealer: makeSealer([newSecret()]),
  cookie: cookie.name,
  room: 10_000,
  memory: makeCookieMemory(makeVoidList(), makeEndedSignal()),
})

t.test('the cookie store keeps the contract', t => {
  keepsTheStoreContract(t, () => makeCookieStore(parts()))
  t.end()
})

t.test('a session that the browser could not bring back is refused by name, not written (S-23, lesson 38)', async t => {
  const shared = parts()
  const ann = { session: session('ann'), host, keepMs: hour }
  const { length } = await makeCookieStore(shared).add(ann)
  await t.rejects(makeCookieStore({ ...shared, room: length - 20 }).add(ann), { code: 'session-too-large' })
  await t.resolves(makeCookieStore({ ...shared, room: length + 20 }).add(ann))
})

t.test('100 kB of groups are refused by name (S-23)', async t => {
  const store = makeCookieStore(parts())
  const ann = session('ann')
  const groups = Array.from({ length: 3000 }, (_, i) => `group-with-a-long-name-number-${i}`)
  const identity = { ...ann.identity, groups }
  await t.rejects(store.add({ session: { ...ann, identity }, host, keepMs: hour }), { code: 'session-too-large' })
})

t.test('a renewed ticket that no longer fits leaves the old one in place', async t => {
  const shared = parts()
  const ann = session('ann')
  const ticket = await makeCookieStore(shared).add({ session: ann, host, keepMs: hour })
  const tight = makeCookieStore({ ...shared, room: ticket.length - 20 })
  t.equal(await tight.touch(ticket, { session: ann, host, keepMs: hour }), undefined)
  t.strictSame(await tight.find(ticket, host), { kind: 'found', session: ann })
})

t.test('a session sealed for one cookie name opens under no other', async t => {
  const shared = parts()
  const ticket = await makeCookieStore(shared).add({ session: session('ann'), host, keepMs: hour })
  t.match(await makeCookieStore({ ...shared, cookie: 'other' }).find(ticket, host), { kind: 'unreadable' })
})

t.test('only the browsers know how many sessions there are', async t => {
  t.equal(makeCookieStore(parts()).count, undefined)
})

t.test('a session that nobody listed is void all the same when its person is', async t => {
  const { memory, ...here } = parts()
  const ticket = await makeCookieStore({ ...here, memory }).add({ session: session('ann'), host, keepMs: hour })
  const elsewhere = makeCookieStore({ ...here, memory: parts().memory })
  const { issuer, subject } = session('ann').identity
  t.strictSame(await elsewhere.endWhere({ issuer, subject }, startedAt + 1), [], 'it was never seen there')
  t.strictSame(await elsewhere.find(ticket, host), { kind: 'ended', why: 'revoked' })
})

t.test('a cookie from before devices and revisions were kept is a session still', async t => {
  const shared = parts()
  const { device, revision, ...old } = session('ann')
  const label = { purpose: 'session', cookie: cookie.name, host } as const
  const ticket = shared.sealer.seal(JSON.stringify(old), label)
  const { id } = old
  t.match(await makeCookieStore(shared).find(ticket, host), { session: { id, revision: 0, device: { browser: '' } } })
})

t.test(
  'the same ticket is the same object, so that what is kept with a session is kept; at another host it opens nothing',
  async t => {
    const store = makeCookieStore(parts())
    const ticket = await store.add({ session: session('ann'), host, keepMs: hour })
    const [first, second] = [await store.find(ticket, host), await store.find(ticket, host)]
    t.ok(first.kind === 'found' && second.kind === 'found' && first.session === second.session)
    t.match(await store.find(ticket, 'other.example.com'), { kind: 'unreadable' })
    await store.end(ticket, host)
    t.match(await store.find(ticket, host), { kind: 'ended' }, 'being at hand makes nothing last')
  },
)
