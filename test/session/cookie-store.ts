import t from 'tap'
import { makeCookieStore, rememberEnded } from '../../src/session/cookie-store.ts'
import { makeSealer } from '../../src/session/seal.ts'
import { keepsTheStoreContract } from '../contracts/session-store.ts'
import { cookie, host, hour, newSecret, session } from './examples.ts'

const parts = () => ({
  sealer: makeSealer([newSecret()]),
  cookie: cookie.name,
  room: 10_000,
  ended: rememberEnded(),
})

t.test('the cookie store keeps the contract', t => {
  keepsTheStoreContract(t, () => makeCookieStore(parts()))
  t.end()
})

t.test('S-23, lesson 38: a session that the browser could not bring back is refused by name, not written', async t => {
  const shared = parts()
  const ann = { session: session('ann'), host, keepMs: hour }
  const { length } = await makeCookieStore(shared).add(ann)
  await t.rejects(makeCookieStore({ ...shared, room: length - 20 }).add(ann), { code: 'session-too-large' })
  await t.resolves(makeCookieStore({ ...shared, room: length + 20 }).add(ann))
})

t.test('S-23: 100 kB of groups are refused by name', async t => {
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
  t.strictSame(await tight.find(ticket, host), ann)
})

t.test('a session sealed for one cookie name opens under no other', async t => {
  const shared = parts()
  const ticket = await makeCookieStore(shared).add({ session: session('ann'), host, keepMs: hour })
  t.equal(await makeCookieStore({ ...shared, cookie: 'other' }).find(ticket, host), 'unreadable')
})

t.test('only the browsers know how many sessions there are', async t => {
  t.equal(makeCookieStore(parts()).count, undefined)
})
