import t, { type Test } from 'tap'
import { type Guest, makeSecondLook } from '../../src/access/second-look.ts'
import { SallyportError } from '../../src/core/errors.ts'
import type { LogFacts } from '../../src/core/log.ts'
import type { Route } from '../../src/core/route.ts'
import { routeTable } from '../../src/core/route-table.ts'
import { makeOpenStreams } from '../../src/proxy/open-streams.ts'
import { makeSessions } from '../../src/session/sessions.ts'
import { hour, Jar, memoryLog, minute, settings, signIn, startedAt } from '../session/examples.ts'
import { head, routeTo, visitOf } from '../support/visits.ts'

const host = 'app.test'
const everybody = { policy: { allow: [{ authenticated: true }], deny: [] } } as const

/** A door with a clock that the test moves; `looks` counts the look-ups of sessions. */
async function world(t: Test, route: Partial<Route> = {}) {
  const sessions = makeSessions(settings(), memoryLog())
  const table = (parts: Partial<Route>) => routeTable([routeTo({ ...everybody, ...parts })], '/_sallyport')
  const here = { now: startedAt, looks: 0, storeDown: false }
  const closed: LogFacts[] = []
  const warned: LogFacts[] = []
  const log = {
    ...{ debug: () => {}, error: () => {} },
    info: (facts: LogFacts) => void closed.push(facts),
    warn: (facts: LogFacts) => void warned.push(facts),
  }
  const reasons: string[] = []
  const metrics = { countStreams: () => {}, streamClosed: (reason: string) => void reasons.push(reason) }
  const streams = makeOpenStreams({ log, metrics, now: () => here.now })
  const judgeBy = (parts: Partial<Route>) => {
    const look = makeSecondLook(sessions, table(parts))
    streams.judgeBy({
      ...look,
      async find(...asked) {
        if (asked[2].fresh) here.looks++
        if (here.storeDown) throw new SallyportError('store-unavailable', 'the test wants it so')
        return look.find(...asked)
      },
    })
  }
  judgeBy(route)
  const stopListening = sessions.onEnded(streams.end)
  t.teardown(async () => {
    stopListening()
    streams.close()
    await sessions.close()
  })

  async function signedIn(user: string) {
    const jar = new Jar()
    const { session, setCookies } = await sessions.begin(signIn(user), undefined, host, here.now)
    jar.keep(setCookies)
    const enter = async () => {
      const visit = await visitOf(t, head('GET /stream', `Cookie: ${jar.header}`))
      if (visit.room.kind !== 'route') throw new Error('the visit led to no route')
      const guest: Guest = { visit, address: visit.room.address }
      const stream = streams.enter(guest, { kind: 'forward', reason: 'allowed', session })
      let interrupted = 0
      stream?.carriedBy({ interrupt: () => void interrupted++ })
      return { stream, visit, guest, interrupted: () => interrupted, leave: () => streams.leave(stream) }
    }
    return { jar, session, enter, signOut: () => sessions.end(jar.header, host, here.now) }
  }
  return { here, streams, signedIn, judgeBy, closed, warned, reasons, sessions }
}

/** The next sweep has passed. */
const sweep = () => new Promise(resolve => setTimeout(resolve, 1100))

t.test('the end of a session interrupts all that is open for it, once, and nobody else', async t => {
  const { signedIn, closed, reasons, streams } = await world(t)
  const [ann, bob] = [await signedIn('ann'), await signedIn('bob')]
  const [first, second, other] = [await ann.enter(), await ann.enter(), await bob.enter()]
  t.same(streams.count(), new Map([['app', 3]]))
  await ann.signOut()
  streams.end(new Set([ann.session.id]))
  t.same(
    [first, second, other].map(entered => entered.interrupted()),
    [1, 1, 0],
  )
  t.equal(first.visit.trail.failure, 'session-ended', 'the access line will say so')
  t.match(closed, [
    { session: ann.session.id, request: first.visit.id, route: 'app', why: 'session-ended', ms: Number },
    { request: second.visit.id },
  ])
  t.same(reasons, ['session-ended', 'session-ended'])
})

t.test('nothing is kept of an exchange that is over', async t => {
  const { signedIn, streams } = await world(t)
  const ann = await signedIn('ann')
  const [first, second] = [await ann.enter(), await ann.enter()]
  first.leave()
  t.same(streams.count(), new Map([['app', 1]]))
  second.leave()
  t.same(streams.count(), new Map())
  await ann.signOut()
  t.equal(second.interrupted(), 0)
})

t.test('who is not here for a session is not registered', async t => {
  const { signedIn, streams } = await world(t)
  const { guest, leave, stream } = await (await signedIn('ann')).enter()
  leave()
  t.equal(streams.enter(guest, { kind: 'forward', reason: 'public' }), undefined)
  t.equal(
    streams.enter(guest, { kind: 'forward', reason: 'public', ...(stream && { session: stream.session }) }),
    undefined,
  )
  streams.leave(undefined)
  t.same(streams.count(), new Map())
})

t.test('a session that ended while its visit was being let in is found at the next sweep', async t => {
  const { signedIn } = await world(t)
  const ann = await signedIn('ann')
  await ann.signOut()
  const late = await ann.enter()
  await sweep()
  t.equal(late.interrupted(), 1)
})

t.test('streams are not looked at without need: one look-up for a session, then none until it would end', async t => {
  const { signedIn, here, reasons } = await world(t, { recheckMs: 2 * hour })
  const ann = await signedIn('ann')
  const open = [await ann.enter(), await ann.enter(), await ann.enter()]
  const before = here.looks
  await sweep()
  t.equal(here.looks - before, 1)
  here.now += hour - 1
  await sweep()
  t.equal(here.looks - before, 1)
  here.now += 1
  await sweep()
  t.same(
    open.map(entered => entered.interrupted()),
    [1, 1, 1],
  )
  t.same(reasons, ['session-idle', 'session-idle', 'session-idle'], 'with the reason that it has')
})

t.test('a route with `recheck` is looked at every so often', async t => {
  const { signedIn, here } = await world(t, { recheckMs: 5 * minute })
  const { interrupted } = await (await signedIn('ann')).enter()
  await sweep()
  const before = here.looks
  for (const looks of [1, 2]) {
    here.now += 5 * minute
    await sweep()
    t.equal(here.looks - before, looks)
  }
  t.equal(interrupted(), 0)
})

t.test('where an end may have been missed, the next sweep looks', async t => {
  const { signedIn, here, streams } = await world(t)
  await (await signedIn('ann')).enter()
  await sweep()
  const before = here.looks
  streams.doubt()
  await sweep()
  await sweep()
  t.equal(here.looks - before, 1)
})

t.test('new rules are asked at once about all that is open', async t => {
  const { signedIn, judgeBy } = await world(t)
  const [ann, bob] = [await (await signedIn('ann')).enter(), await (await signedIn('bob')).enter()]
  judgeBy({ policy: { allow: [{ users: ['bob'] }], deny: [] } })
  await new Promise(resolve => setImmediate(resolve))
  t.same([ann.interrupted(), bob.interrupted()], [1, 0])
  t.match(ann.stream?.parting, { why: 'not-allowed', refusal: { kind: 'forbid' } })
})

t.test(
  'while nobody can say whether streams may stay they go on, for half a minute, and one line tells of it',
  async t => {
    const { signedIn, here, warned } = await world(t)
    const { interrupted } = await (await signedIn('ann')).enter()
    here.storeDown = true
    await sweep()
    here.now += 20_000
    await sweep()
    t.equal(interrupted(), 0)
    t.match(warned, [{ error: /store-unavailable/ }])
    t.equal(warned.length, 1)

    here.storeDown = false
    here.now += 5000
    await sweep()
    here.now += 10_000
    await sweep()
    t.equal(interrupted(), 0, 'it could be heard again')
  },
)

t.test('after half a minute in which nobody could say they end', async t => {
  const { signedIn, here, reasons } = await world(t)
  const { interrupted, stream } = await (await signedIn('ann')).enter()
  here.storeDown = true
  await sweep()
  here.now += 30_000
  await sweep()
  t.equal(interrupted(), 1)
  t.same(stream?.parting, { why: 'unjudged' })
  t.same(reasons, ['unjudged'])
})
