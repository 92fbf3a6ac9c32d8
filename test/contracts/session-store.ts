// What every session store must hold; each implementation runs this whole suite.
import fc from 'fast-check'
import type { Test } from 'tap'
import { pushedOn, type Session, summaryOf } from '../../src/core/session.ts'
import type { Entry, SessionStore } from '../../src/session/store.ts'
import { altered, host, hour, session, startedAt } from '../session/examples.ts'

const entry = (session: Session): Entry => ({ session, host, keepMs: hour })

/** The session behind a ticket; otherwise why there is none. */
async function behind(store: SessionStore, ticket: string, at = host) {
  const lookup = await store.find(ticket, at)
  if (lookup.kind === 'found') return lookup.session
  return lookup.kind === 'ended' ? undefined : lookup.kind
}

const refreshed = (session: Session, revision = session.revision + 1): Session => ({
  ...session,
  revision,
  tokens: { ...session.tokens, accessToken: `access-token-${revision}` },
})

const personOf = ({ identity: { issuer, subject } }: Session) => ({ issuer, subject })
const sidOf = ({ sid = '', identity: { issuer } }: Session) => ({ issuer, sid })

export function keepsTheStoreContract(t: Test, makeStore: () => SessionStore): void {
  const open = (t: Test): SessionStore => {
    const store = makeStore()
    t.teardown(() => store.close())
    return store
  }

  t.test('a session is found again behind its ticket, whole', async t => {
    const store = open(t)
    const ann = session('ann')
    t.strictSame(await behind(store, await store.add(entry(ann))), ann)
  })

  t.test('two sessions have two tickets, and ending one leaves the other', async t => {
    const store = open(t)
    const [ann, ben] = [session('ann'), session('ben')]
    const [annTicket, benTicket] = [await store.add(entry(ann)), await store.add(entry(ben))]
    t.not(annTicket, benTicket)
    await store.end(annTicket, host)
    t.equal(await behind(store, annTicket), undefined)
    t.strictSame(await behind(store, benTicket), ben)
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
    const later = { ...ann, ...pushedOn(ann, ann.seenAt + hour / 2) }
    const renewed = await store.touch(ticket, entry(later))
    t.strictSame(await behind(store, renewed ?? ticket), later)
  })

  t.test('the longest rest is remembered, over shorter ones and over a refresh', async t => {
    const store = open(t)
    let used = session('ann')
    let ticket = await store.add(entry(used))
    for (const rest of [hour / 2, hour / 4, 1]) {
      used = { ...used, ...pushedOn(used, used.seenAt + rest) }
      ticket = (await store.touch(ticket, entry(used))) ?? ticket
    }
    t.match(await behind(store, ticket), { seenAt: used.seenAt, restedMs: hour / 2 })
    const kept = await store.replace(ticket, entry(refreshed(used)))
    t.match(await behind(store, kept?.ticket ?? ticket), { revision: 1, seenAt: used.seenAt, restedMs: hour / 2 })
  })

  t.test('an ended session stays ended behind every ticket it ever had (S-06)', async t => {
    const store = open(t)
    const ann = session('ann')
    const first = await store.add(entry(ann))
    const second = (await store.touch(first, entry({ ...ann, seenAt: ann.seenAt + hour / 2 }))) ?? first
    await store.end(second, host)
    t.equal(await behind(store, first), undefined)
    t.equal(await behind(store, second), undefined)
  })

  t.test('a touch that comes too late does not bring an ended session back', async t => {
    const store = open(t)
    const ann = session('ann')
    const ticket = await store.add(entry(ann))
    await store.end(ticket, host)
    const renewed = await store.touch(ticket, entry({ ...ann, seenAt: ann.seenAt + hour / 2 }))
    t.equal(renewed, undefined)
    t.equal(await behind(store, ticket), undefined)
  })

  t.test('a ticket of one host opens nothing at another', async t => {
    const store = open(t)
    const ticket = await store.add(entry(session('ann')))
    t.notMatch(await behind(store, ticket, 'other.example.com'), { id: String })
    await store.end(ticket, 'other.example.com')
    t.match(await behind(store, ticket), { id: String }, 'nor is it ended from there')
  })

  t.test('a ticket that lost, gained or changed a character opens nothing (S-25)', async t => {
    const store = open(t)
    const ticket = await store.add(entry(session('ann')))
    const refused = async (changed: string) => (await behind(store, changed)) === undefined
    const unreadable = async (changed: string) => (await behind(store, changed)) === 'unreadable'
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

  t.test('what is no ticket of ours is unreadable (S-13)', async t => {
    const store = open(t)
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const plain = JSON.stringify(session('mallory'))
    for (const ticket of ['', 'x', plain, Buffer.from(plain).toString('base64url'), `${none}.${none}.`, '\0', 'é'])
      t.equal(await behind(store, ticket), 'unreadable')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async ticket => {
        await store.end(ticket, host)
        return typeof (await behind(store, ticket)) !== 'object'
      }),
    )
  })

  t.test('times beyond 2038 survive (lesson 43)', async t => {
    const store = open(t)
    const late = { ...session('ann'), startedAt: 4_102_444_800_123, seenAt: 4_102_444_800_456 }
    t.strictSame(await behind(store, await store.add(entry(late))), late)
  })

  t.test('a refresh is written over what is older, and over nothing else (lesson 41)', async t => {
    const store = open(t)
    const ann = session('ann')
    const ticket = await store.add(entry(ann))
    const [first, second] = [refreshed(ann, 1), refreshed(ann, 2)]
    const kept = await store.replace(ticket, entry(second))
    t.strictSame(kept?.session, second)
    for (const late of [first, ann, { ...second, tokens: { idToken: 'another of the same revision' } }])
      t.strictSame((await store.replace(kept?.ticket ?? ticket, entry(late)))?.session, second)
    t.strictSame(await behind(store, kept?.ticket ?? ticket), second)
    t.equal(await store.revisionOf(ann.id), 2)
  })

  t.test(
    'whoever still carries the ticket from before a refresh has the session from after it (lesson 41)',
    async t => {
      const store = open(t)
      const ann = session('ann')
      const ticket = await store.add(entry(ann))
      const kept = await store.replace(ticket, entry(refreshed(ann)))
      const lookup = await store.find(ticket, host)
      t.match(lookup, { kind: 'found', session: { revision: 1, tokens: { accessToken: 'access-token-1' } } })
      if (kept?.ticket) t.match(lookup, { ticket: String }, 'and is given the new ticket')
    },
  )

  t.test('a refresh does not set the idle clock back', async t => {
    const store = open(t)
    const ann = session('ann')
    const later = { ...ann, seenAt: ann.seenAt + hour / 2 }
    const first = await store.add(entry(ann))
    const touched = (await store.touch(first, entry(later))) ?? first
    t.match((await store.replace(touched, entry(refreshed(ann))))?.session, { seenAt: later.seenAt, revision: 1 })
  })

  t.test('a refresh that comes too late does not bring an ended session back', async t => {
    const store = open(t)
    const ann = session('ann')
    const ticket = await store.add(entry(ann))
    await store.end(ticket, host)
    t.equal(await store.replace(ticket, entry(refreshed(ann))), undefined)
    t.equal(await behind(store, ticket), undefined)
  })

  t.test('a revoked session says that it was, and nothing brings it back', async t => {
    const store = open(t)
    const ann = session('ann')
    const ticket = await store.add(entry(ann))
    t.strictSame(await store.endWhere({ id: ann.id }, ann.startedAt + 1), [ann.id])
    t.equal(await store.touch(ticket, entry({ ...ann, seenAt: ann.seenAt + hour / 2 })), undefined)
    t.equal(await store.replace(ticket, entry(refreshed(ann))), undefined)
    t.strictSame(await store.find(ticket, host), { kind: 'ended', why: 'revoked' })
  })

  t.test("ending by the provider's session id ends that one, and nobody else's (lesson 87)", async t => {
    const store = open(t)
    const [ann, ben] = [session('ann'), session('ben')]
    const elsewhere = { ...session('ann'), identity: { ...ann.identity, issuer: 'https://other.example.com' } }
    const [mine, bens, others] = await Promise.all([ann, ben, elsewhere].map(who => store.add(entry(who))))
    t.strictSame(await store.endWhere(sidOf(ann), ann.startedAt + 1), [ann.id])
    t.equal(await behind(store, mine ?? ''), undefined)
    t.strictSame(await behind(store, bens ?? ''), ben)
    t.strictSame(await behind(store, others ?? ''), elsewhere, 'the same sid at another issuer is another session')
  })

  t.test('ending one session of a person leaves the others findable, to the newest (lesson 89)', async t => {
    const store = open(t)
    const many = Array.from({ length: 4 }, (_, n) => ({ ...session('ann'), sid: `sid-${n}`, startedAt: startedAt + n }))
    const tickets = await Promise.all(many.map(one => store.add(entry(one))))
    const [first, second, ...rest] = many
    if (!first || !second) throw new Error('there are four')
    t.strictSame(await store.endWhere(sidOf(first), startedAt + hour), [first.id])
    await store.end(tickets[1] ?? '', host)
    for (const [index, one] of many.entries())
      t.strictSame(await behind(store, tickets[index] ?? ''), index < 2 ? undefined : one)
    const gone = await store.endWhere(personOf(first), startedAt + hour)
    for (const { id } of rest) t.ok(gone.includes(id))
    for (const ticket of tickets) t.equal(await behind(store, ticket), undefined)
  })

  t.test('a late word to end sessions does not end one that started after it was spoken (lesson 90)', async t => {
    const store = open(t)
    const before = session('ann')
    const after = { ...session('ann'), startedAt: startedAt + 5000, seenAt: startedAt + 5000 }
    const [old, young] = [await store.add(entry(before)), await store.add(entry(after))]
    t.strictSame(await store.endWhere(sidOf(before), startedAt + 5000), [before.id])
    t.strictSame(await store.endWhere(personOf(before), startedAt + 5000).then(ids => ids.includes(after.id)), false)
    t.strictSame(await store.endWhere({ id: after.id }, startedAt + 5000), [])
    t.equal(await behind(store, old), undefined)
    t.strictSame(await behind(store, young), after)
  })

  t.test('ending what is not there is no error (lesson 87)', async t => {
    const store = open(t)
    const ann = session('ann')
    for (const which of [{ id: ann.id }, sidOf(ann), personOf(ann)])
      t.strictSame(await store.endWhere(which, startedAt), [])
    t.equal(await store.revisionOf(ann.id), undefined)
  })
}

/** For stores that know their sessions. */
export function keepsTheListContract(t: Test, makeStore: () => SessionStore): void {
  const filled = async (t: Test, users: readonly string[]) => {
    const store = makeStore()
    t.teardown(() => store.close())
    const sessions = users.map((user, n) => ({ ...session(user), startedAt: startedAt + n, seenAt: startedAt + n }))
    const tickets = await Promise.all(sessions.map(one => store.add(entry(one))))
    return { store, sessions, tickets }
  }
  const usersIn = async (store: SessionStore, filter = {}) =>
    (await store.list(filter, { limit: 100 })).sessions.map(({ user }) => user)

  t.test(
    'a list says who is signed in from where and since when, the newest first, and nothing that opens anything',
    async t => {
      const { store, sessions, tickets } = await filled(t, ['ann', 'ben', 'ann'])
      const later = startedAt + hour / 2
      await store.touch(tickets[0] ?? '', entry({ ...(sessions[0] ?? session('')), seenAt: later }))
      const { sessions: listed, cursor } = await store.list({}, { limit: 10 })
      t.equal(cursor, undefined)
      t.strictSame(
        listed,
        sessions.map((one, n) => ({ ...summaryOf(one), ...(n === 0 && { seenAt: later }) })).toReversed(),
      )
    },
  )

  t.test('a filter finds the sessions of one person', async t => {
    const { store, sessions } = await filled(t, ['ann', 'ben', 'ann'])
    const ann = personOf(sessions[0] ?? session(''))
    for (const filter of [ann, { user: 'ann' }, { ...ann, user: 'ann' }])
      t.strictSame(await usersIn(store, filter), ['ann', 'ann'])
    for (const filter of [{ ...ann, user: 'ben' }, { issuer: 'https://other.example.com' }, { subject: '' }])
      t.strictSame(await usersIn(store, filter), [])
  })

  t.test('pages follow each other until the end; a cursor that we never gave starts anew', async t => {
    const { store, sessions } = await filled(
      t,
      Array.from({ length: 7 }, (_, n) => `user-${n}`),
    )
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.list({}, { limit: 3, cursor })
      t.ok(page.sessions.length <= 3)
      seen.push(...page.sessions.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== undefined)
    t.strictSame(seen, sessions.map(({ id }) => id).toReversed())
    t.equal((await store.list({}, { limit: 3, cursor: '-1 inf' })).sessions[0]?.id, sessions.at(-1)?.id)
  })

  t.test('what ended is listed no more', async t => {
    const { store, sessions, tickets } = await filled(t, ['ann', 'ben', 'cid'])
    await store.end(tickets[0] ?? '', host)
    await store.endWhere({ id: sessions[1]?.id ?? '' }, startedAt + hour)
    t.strictSame(await usersIn(store), ['cid'])
  })
}
