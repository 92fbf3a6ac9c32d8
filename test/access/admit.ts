import t, { type Test } from 'tap'
import { admit, type Cloakroom } from '../../src/access/admit.ts'
import type { Route } from '../../src/core/route.ts'
import { makeSessions, type Sessions } from '../../src/session/sessions.ts'
import { Jar, memoryLog, minute, settings, signIn, startedAt } from '../session/examples.ts'
import { head, routeTo, visitOf } from '../support/visits.ts'

const host = 'app.test'

type Refresh = (sessions: Sessions) => Cloakroom['refresher']['refresh']

const nothingDue: Refresh = () => async () => false

/** A browser in which ann has signed in, before a door. */
const world = async (t: Test, refresh = nothingDue) => {
  const sessions = makeSessions(settings({ idleMs: 10 * minute }), memoryLog())
  t.teardown(() => sessions.close())
  const jar = new Jar()
  const { setCookies } = await sessions.begin(signIn('ann'), undefined, host, startedAt)
  jar.keep(setCookies)
  return async (parts: Partial<Route>, cookie = jar.header, now = startedAt + 1) => {
    const route = routeTo(parts)
    const visit = await visitOf(t, head('GET /', ...(cookie ? [`Cookie: ${cookie}`] : [])))
    return {
      visit,
      ...(await admit({ sessions, refresher: { refresh: refresh(sessions) } }, { visit, route, host, now })),
    }
  }
}

const everybody = { policy: { allow: [{ authenticated: true }], deny: [] } } as const

t.test('who has a session that the route lets in may pass, and the visit knows as whom', async t => {
  const ask = await world(t)
  const { decision, setCookies, visit } = await ask(everybody)
  t.match(decision, { kind: 'forward', reason: 'allowed', session: { identity: { user: 'ann' } } })
  t.same(setCookies, [])
  t.match(visit.trail, { decision: 'forward', reason: 'allowed', session: { identity: { user: 'ann' } } })
})

t.test('who has one that the route does not let in is forbidden, and the visit still knows who it was', async t => {
  const ask = await world(t)
  const { decision, visit } = await ask({ policy: { allow: [{ groups: ['nobody'] }], deny: [] } })
  t.match(decision, { kind: 'forbid', reason: 'not-allowed' })
  t.match(visit.trail, { decision: 'forbid', session: { identity: { user: 'ann' } } })
  t.match((await ask({ policy: { allow: [], deny: [{ users: ['ann'] }] } })).decision, { reason: 'denied' })
})

t.test('the decision falls on what a refresh has just brought (Z-03)', async t => {
  const demoted: Refresh =
    sessions =>
    async (session, { cookies, host, now }) => {
      const { identity, tokens } = signIn('ann', ['guests'])
      await sessions.replace(session, { identity, tokens }, cookies, host, now)
      return true
    }
  const forSre = { policy: { allow: [{ groups: ['sre'] }], deny: [] } }
  t.match((await (await world(t))(forSre)).decision, { kind: 'forward' })
  const { decision, visit } = await (await world(t, demoted))(forSre)
  t.match(decision, { kind: 'forbid', reason: 'not-allowed' })
  t.match(visit.trail, { session: { identity: { groups: ['guests'] } } })
})

t.test('a session that a refresh has ended lets nobody in (S-28)', async t => {
  const revoked: Refresh =
    sessions =>
    async ({ id, startedAt }) => {
      await sessions.endWhere({ id }, startedAt + 1)
      return true
    }
  const { decision, setCookies } = await (await world(t, revoked))(everybody)
  t.match(decision, { kind: 'login', reason: 'session-revoked' })
  t.match(setCookies[0], /Max-Age=0/)
})

t.test('without a session there is nobody on the trail, and the reason is a word', async t => {
  const ask = await world(t)
  for (const [cookie, now, reason] of [
    ['', startedAt, 'no-session'],
    ['theme=dark', startedAt, 'no-session'],
    ['__Host-sallyport=forged', startedAt, 'session-unreadable'],
    [undefined, startedAt + 11 * minute, 'session-idle'],
  ] as const) {
    const { decision, visit } = await ask(everybody, cookie, now)
    t.match(decision, { kind: 'login', reason })
    t.match(visit.trail, { decision: 'login', reason, session: undefined })
  }
})

t.test('a public route lets everybody pass, and introduces those it knows', async t => {
  const ask = await world(t)
  t.match((await ask({ public: true })).decision, { kind: 'forward', reason: 'public', session: { id: String } })
  const stranger = await ask({ public: true }, '')
  t.match(stranger.decision, { kind: 'forward', reason: 'public' })
  t.notOk('session' in stranger.decision)
})

t.test('a ticket that is dead is taken away, whatever the decision', async t => {
  const ask = await world(t)
  for (const route of [everybody, { public: true }]) {
    const dead = await ask(route, '__Host-sallyport=forged')
    t.match(dead.setCookies.join(), /^__Host-sallyport=; Max-Age=0/)
  }
})
