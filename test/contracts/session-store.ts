// What every session store must hold; each implementation runs this whole suite.
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Session } from '../../src/core/session.ts'
import type { Entry, SessionStore } from '../../src/session/store.ts'
import { altered, host, hour, session } from '../session/examples.ts'

const entry = (session: Session): Entry => ({ session, host, keepMs: hour })

export function keepsTheStoreContract(t: Test, makeStore: () => SessionStore): void {
  const open = (t: Test): SessionStore => {
    const store = makeStore()
    t.teardown(() => store.close())
    return store
  }

  t.test('a session is found again behind its ticket, whole', async t => {
    const store = open(t)
    const ann = session('ann')
    t.strictSame(await store.find(await store.add(entry(ann)), host), ann)
  })

  t.test('two sessions have two tickets, and ending one leaves the other', async t => {
    const store = open(t)
    const [ann, ben] = [session('ann'), session('ben')]
    const [annTicket, benTicket] = [await store.add(entry(ann)), await store.add(entry(ben))]
    t.not(annTicket, benTicket)
    await store.end(annTicket, host)
    t.equal(await store.find(annTicket, host), undefined)
    t.strictSame(await store.find(benTicket, host), ben)
  })

  t.test('a ticket is characters that need no quoting in a cookie, and says nothing', async t => {
    const ticket = await open(t).add(entry(session('ann')))
    t.match(ticket, /^[A-Za-z0-9_-]{43,}$/)
    t.notMatch(Buffer.from(ticket, 'base64url').toString('latin1'), /ann/)
  })

  t.test('a touch moves only the idle clock', async t => {
    const store = open(t)
    const ann = session('ann')
    const ticket = await store.add(entry(ann))
    const later = { ...ann, seenAt: ann.seenAt + hour / 2 }
    const renewed = await store.touch(ticket, entry(later))
    t.strictSame(await store.find(renewed ?? ticket, host), later)
  })

  t.test('S-06: an ended session stays ended behind every ticket it ever had', async t => {
    const store = open(t)
    const ann = session('ann')
    const first = await store.add(entry(ann))
    const second = (await store.touch(first, entry({ ...ann, seenAt: ann.seenAt + hour / 2 }))) ?? first
    await store.end(second, host)
    t.equal(await store.find(first, host), undefined)
    t.equal(await store.find(second, host), undefined)
  })

  t.test('a touch that comes too late does not bring an ended session back', async t => {
    const store = open(t)
    const ann = session('ann')
    const ticket = await store.add(entry(ann))
    await store.end(ticket, host)
    const renewed = await store.touch(ticket, entry({ ...ann, seenAt: ann.seenAt + hour / 2 }))
    t.equal(renewed, undefined)
    t.equal(await store.find(ticket, host), undefined)
  })

  t.test('a ticket of one host opens nothing at another', async t => {
    const store = open(t)
    const ticket = await store.add(entry(session('ann')))
    t.notMatch(await store.find(ticket, 'other.example.com'), { id: String })
    await store.end(ticket, 'other.example.com')
    t.match(await store.find(ticket, host), { id: String }, 'nor is it ended from there')
  })

  t.test('S-25: a ticket that lost, gained or changed a character opens nothing', async t => {
    const store = open(t)
    const ticket = await store.add(entry(session('ann')))
    const refused = async (changed: string) => (await store.find(changed, host)) === undefined
    const unreadable = async (changed: string) => (await store.find(changed, host)) === 'unreadable'
    t.ok(await unreadable(ticket.slice(0, -1)))
    t.ok(await unreadable(`${ticket}A`))
    t.ok(await unreadable(`${ticket}=`))
    t.ok(await unreadable(` ${ticket}`))
    const anywhere = fc.nat(ticket.length - 1)
    await fc.assert(
      fc.asyncProperty(anywhere, async at => {
        const changed = altered(ticket, at)
        return (await refused(changed)) || (await unreadable(changed))
      }),
    )
  })

  t.test('S-13: what is no ticket of ours is unreadable', async t => {
    const store = open(t)
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const plain = JSON.stringify(session('mallory'))
    for (const ticket of ['', 'x', plain, Buffer.from(plain).toString('base64url'), `${none}.${none}.`, '\0', 'é'])
      t.equal(await store.find(ticket, host), 'unreadable')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async ticket => {
        await store.end(ticket, host)
        return typeof (await store.find(ticket, host)) !== 'object'
      }),
    )
  })

  t.test('lesson 43: times beyond 2038 survive', async t => {
    const store = open(t)
    const late = { ...session('ann'), startedAt: 4_102_444_800_123, seenAt: 4_102_444_800_456 }
    t.strictSame(await store.find(await store.add(entry(late)), host), late)
  })
}
