// One token call per session, and what everybody gets who asked meanwhile: real stores, a real or a lying provider, a moved clock.
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { makeRefresher, type RefresherRooms } from '../../src/access/refresher.ts'
import { SallyportError } from '../../src/core/errors.ts'
import type { Session } from '../../src/core/session.ts'
import type { SessionConfig } from '../../src/core/settings.ts'
import { makeSessions, type Sessions } from '../../src/session/sessions.ts'
import { Jar, memoryLog, settings } from '../session/examples.ts'
import { type Door, openDoor, signIn, visitorCalled } from '../support/oidc.ts'
import { startProvider } from '../support/provider.ts'
import { type Behaviour, failing, losing, silent, tokens } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const host = 'app.test'
const second = 1000
const stores = { memory: { type: 'memory', maxSessions: 100 }, cookie: { type: 'cookie' } } as const

/** A store, a provider, and whoever refreshes between them. Time begins when it is opened. */
async function openRooms(t: Test, door: Door, { store = stores.memory, over = {} }: Options = {}) {
  const sessions = makeSessions(settings({ store, issuers: { corp: door.issuer } }), memoryLog())
  t.teardown(() => sessions.close())
  const counted: string[] = []
  const rooms: RefresherRooms = {
    sessions: { ...sessions, ...over },
    providers: new Map([['corp', door]]),
    metrics: { refresh: (provider, outcome) => void counted.push(`${provider} ${outcome}`) },
    log: memoryLog(),
    behindTheBack: store.type !== 'cookie',
  }
  const refresher = makeRefresher(rooms)
  const begun = Date.now()
  /** The session that a browser has at a time, after whatever the refresher does about it. */
  const ask = async (jar: Jar, afterMs: number, by = refresher) => {
    const [cookies, now] = [jar.header, begun + afterMs]
    const found = await sessions.find(cookies, host, now)
    if (found.finding.kind !== 'found') return found
    const changed = await by.refresh(found.finding.session, { cookies, host, now })
    return changed ? sessions.find(cookies, host, now, { fresh: true }) : found
  }
  const enter = async (visit?: Parameters<typeof signIn>[1]) => {
    const { setCookies } = await sessions.begin(await signIn(door, visit, begun), undefined, host, begun)
    return new Jar().keep(setCookies)
  }
  return { sessions, rooms, refresher, ask, enter, counted, begun }
}

type Options = { readonly store?: SessionConfig['store']; readonly over?: Partial<Sessions> }

/** Ann, signed in at the rogue for a minute, with `wrongs` from then on. */
async function world(t: Test, options: Options = {}, ...wrongs: readonly Behaviour[]) {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(tokens({ expires_in: 60 }))
  const rooms = await openRooms(t, openDoor(t, rogue, { timeoutMs: 400 }), options)
  const jar = await rooms.enter()
  rogue.misbehave(...wrongs)
  const refreshes = () => rogue.calls.token - 1
  return { ...rooms, rogue, jar, refreshes }
}

type Asked = Awaited<ReturnType<Awaited<ReturnType<typeof openRooms>>['ask']>>

function sessionIn({ finding }: Asked): Session {
  if (finding.kind !== 'found') throw new Error(`the session is ${finding.kind}`)
  return finding.session
}

const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, act))

for (const store of Object.values(stores)) {
  t.test(`fifty requests at expiry are one token call (${store.type} store, lesson 49)`, async t => {
    const { ask, jar, refreshes, counted } = await world(t, { store })
    const first = sessionIn(await ask(jar, 0))
    t.equal(refreshes(), 0)

    const all = await times(50, () => ask(jar, 61 * second))
    t.equal(refreshes(), 1)
    for (const found of all) t.match(sessionIn(found), { id: first.id, revision: 1 })
    t.not(sessionIn(await ask(jar, 62 * second)).tokens.accessToken, first.tokens.accessToken)

    jar.keep(all[0]?.setCookies ?? [])
    const later = await times(50, () => ask(jar, 122 * second))
    t.equal(refreshes(), 2, 'and the rotated token is good for the next round')
    for (const found of later) t.equal(sessionIn(found).revision, 2)
    t.strictSame(counted, ['corp refreshed', 'corp refreshed'])
  })

  t.test(`a grant that is gone ends the session for all who ask, by one call (${store.type} store, S-28)`, async t => {
    const { ask, jar, refreshes, counted, rooms } = await world(
      t,
      { store },
      failing('token', 400, { error: 'invalid_grant' }),
    )
    for (const { finding, setCookies } of await times(50, () => ask(jar, 61 * second))) {
      t.strictSame(finding, { kind: 'ended', why: 'revoked' })
      t.match(setCookies[0], /Max-Age=0/)
    }
    t.strictSame((await ask(jar, 62 * second)).finding, { kind: 'ended', why: 'revoked' })
    t.equal(refreshes(), 1)
    t.strictSame(counted, ['corp over'])
    t.match(JSON.stringify(rooms.log), /session ended.*no more/)
  })
}

t.test('a refresh that is early happens behind the visitor’s back', async t => {
  const { ask, jar, refreshes, refresher, rogue } = await world(t, {}, silent('token'))
  const asked = performance.now()
  for (const found of await times(10, () => ask(jar, 50 * second))) t.equal(sessionIn(found).revision, 0)
  t.ok(performance.now() - asked < 300, 'nobody waits for it')
  await refresher.settled()
  t.equal(refreshes(), 1)

  rogue.behave()
  await ask(jar, 55 * second)
  await refresher.settled()
  t.equal(refreshes(), 1, 'what has failed is left alone for a while')
})

t.test(
  'a session in a cookie is refreshed by the request that can carry it home, and the others get it too',
  async t => {
    const { ask, jar, refreshes } = await world(t, { store: stores.cookie })
    const slow = sessionIn(await ask(jar, 10 * second))
    const all = await times(10, () => ask(jar, 50 * second))
    t.equal(refreshes(), 1)
    for (const found of all) {
      t.equal(sessionIn(found).revision, 1)
      t.match(found.setCookies[0], /^__Host-sallyport=/, 'whichever answer arrives, the browser has the new one')
    }
    const late = await ask(jar, 70 * second)
    t.equal(sessionIn(late).revision, 1, 'the old cookie leads to the new session (lesson 41)')
    t.equal(refreshes(), 1)
    t.equal(slow.revision, 0)
  },
)

t.test('a refresh that failed is not tried again by each request of a queue (lesson 52)', async t => {
  const { ask, jar, refreshes, counted, rogue } = await world(t, {}, failing('token', 503))
  for (let request = 0; request < 20; request++) t.equal(sessionIn(await ask(jar, 61 * second)).revision, 0)
  t.equal(refreshes(), 1)
  await times(20, () => ask(jar, 92 * second))
  t.equal(refreshes(), 2, 'once after half a minute')
  await times(20, () => ask(jar, 130 * second))
  t.equal(refreshes(), 2, 'and later from time to time')
  rogue.behave()
  t.equal(sessionIn(await ask(jar, 153 * second)).revision, 1, 'until it works again')
  t.strictSame(counted, ['corp unavailable', 'corp unavailable', 'corp refreshed'])
})

t.test('a provider that does not answer keeps nobody longer than its time limit', async t => {
  const { ask, jar } = await world(t, {}, silent('token'))
  const asked = performance.now()
  for (const found of await times(20, () => ask(jar, 61 * second))) t.equal(sessionIn(found).revision, 0)
  t.ok(performance.now() - asked < 2 * second)
})

t.test('an answer that was lost is asked for once more, later, and then the session ends (lesson 53)', async t => {
  const { ask, jar, refreshes, rogue } = await world(t, {}, losing('token'))
  await times(10, () => ask(jar, 61 * second))
  rogue.behave()
  await times(10, () => ask(jar, 62 * second))
  t.equal(refreshes(), 1)
  for (const { finding } of await times(10, () => ask(jar, 95 * second)))
    t.match(finding, { kind: 'ended', why: 'revoked' })
  t.equal(refreshes(), 2)
})

t.test('two replicas that see it together make one call, and both have what it brought (lesson 51)', async t => {
  const { ask, jar, refreshes, rooms } = await world(t)
  const replicas = [makeRefresher(rooms), makeRefresher(rooms), makeRefresher(rooms)]
  const found = await Promise.all(replicas.flatMap(one => [ask(jar, 61 * second, one), ask(jar, 61 * second, one)]))
  t.equal(refreshes(), 1)
  for (const one of found) t.equal(sessionIn(one).revision, 1)
})

t.test('who comes late with what was found before makes no second call (lesson 51)', async t => {
  const { ask, jar, refresher, refreshes, begun } = await world(t)
  const stale = sessionIn(await ask(jar, 0))
  await ask(jar, 61 * second)
  t.equal(await refresher.refresh(stale, { cookies: jar.header, host, now: begun + 61 * second }), true)
  t.equal(refreshes(), 1)
})

t.test('a no to a token that another replica has spent is not the end (lesson 51)', async t => {
  const { ask, jar, rooms, sessions, refreshes, begun } = await world(t)
  const [cookies, now] = [jar.header, begun + 61 * second]
  // This one stood still for so long that its lock was given to another.
  const lost = { isHeld: true, release: async () => undefined }
  const spent: Sessions['find'] = async (...looking) => {
    const found = await sessions.find(...looking)
    await ask(jar, 61 * second)
    return found
  }
  const late = makeRefresher({ ...rooms, sessions: { ...sessions, lock: async () => lost, find: spent } })
  const stale = sessionIn(await sessions.find(cookies, host, now))
  t.equal(await late.refresh(stale, { cookies, host, now }), true)
  t.equal(refreshes(), 2)
  t.equal(sessionIn(await sessions.find(cookies, host, now)).revision, 1)
})

t.test('who waits for a holder that dies takes its place (lesson 50)', async t => {
  const { ask, jar, sessions, refreshes } = await world(t)
  const { id } = sessionIn(await ask(jar, 0))
  const dead = await sessions.lock(`refresh:${id}`)
  const waiting = times(5, () => ask(jar, 61 * second))
  await pause(100)
  t.equal(refreshes(), 0)
  await dead?.release()
  for (const found of await waiting) t.equal(sessionIn(found).revision, 1)
  t.equal(refreshes(), 1)
})

t.test('a store that is away for a moment does not cost the tokens that came', async t => {
  let refusals = 2
  const inner: { sessions?: Sessions } = {}
  const replace: Sessions['replace'] = async (...parts) => {
    if (refusals-- > 0) throw new SallyportError('store-unavailable', 'away')
    if (!inner.sessions) throw new Error('too early')
    return inner.sessions.replace(...parts)
  }
  const { ask, jar, refreshes, sessions } = await world(t, { over: { replace } })
  inner.sessions = sessions
  t.equal(sessionIn(await ask(jar, 61 * second)).revision, 1)
  t.equal(refreshes(), 1)
})

t.test('a session that ended while its provider was asked stays ended', async t => {
  const { ask, jar, sessions, rooms, begun } = await world(t)
  const leaving: Sessions['replace'] = async (...parts) => {
    await sessions.end(jar.header, host, begun)
    return sessions.replace(...parts)
  }
  const refresher = makeRefresher({ ...rooms, sessions: { ...sessions, replace: leaving } })
  t.match((await ask(jar, 61 * second, refresher)).finding, { kind: 'ended' })
})

t.test('what cannot be refreshed is left alone: no refresh token, no such provider, another issuer', async t => {
  const { ask, enter, jar, rooms, refreshes, rogue } = await world(t)
  const [corp] = rooms.providers.values()
  if (!corp) throw new Error('no provider')
  const without = makeRefresher({ ...rooms, providers: new Map() })
  const elsewhere = makeRefresher({
    ...rooms,
    providers: new Map([['corp', { ...corp, issuer: 'https://new.example' }]]),
  })
  for (const refresher of [without, elsewhere]) t.equal(sessionIn(await ask(jar, 61 * second, refresher)).revision, 0)
  t.equal(refreshes(), 0, 'no token is shown to an issuer that did not give it out')
  t.equal(sessionIn(await ask(jar, 61 * second)).revision, 1)

  rogue.misbehave(tokens({ refresh_token: undefined }))
  const other = await enter()
  t.equal(sessionIn(await ask(other, 61 * second)).revision, 0)
  t.equal(refreshes(), 2, 'its login was the second call')
})

t.test('after a reload a refresh that is under way is still the only one', async t => {
  const { ask, jar, rooms, refresher, refreshes } = await world(t)
  const before = ask(jar, 61 * second)
  await new Promise(setImmediate)
  const after = ask(jar, 61 * second, refresher.renew(rooms))
  for (const found of await Promise.all([before, after])) t.equal(sessionIn(found).revision, 1)
  t.equal(refreshes(), 1)
})

t.test('interleaved refreshes of two people never hand one’s session to the other (Z-10)', async t => {
  const real = await startProvider(t, { accessTokenSeconds: 60 })
  await real.register(['http://127.0.0.1:9/_sallyport/callback'])
  const { ask, enter, rooms } = await openRooms(t, openDoor(t, real))
  const jars = { ann: await enter(visitorCalled('ann')), bob: await enter(visitorCalled('bob')) }
  const before = await real.counts()
  for (const afterMs of [61, 122, 183].map(seconds => seconds * second)) {
    const asked = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? 'ann' : 'bob'))
    const found = await Promise.all(asked.map(name => ask(jars[name], afterMs)))
    for (const [at, one] of found.entries()) t.equal(sessionIn(one).identity.subject, asked[at])
  }
  t.equal(Number((await real.counts())['/token']) - Number(before['/token']), 6)
  t.notMatch(JSON.stringify(rooms.log), /could not/)
})
