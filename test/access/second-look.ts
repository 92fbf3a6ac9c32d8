import t, { type Test } from 'tap'
import { type Guest, makeSecondLook } from '../../src/access/second-look.ts'
import type { Route } from '../../src/core/route.ts'
import { routeTable } from '../../src/core/route-table.ts'
import { makeSessions } from '../../src/session/sessions.ts'
import { hour, Jar, memoryLog, minute, settings, signIn, startedAt } from '../session/examples.ts'
import { head, routeTo, visitOf } from '../support/visits.ts'

const host = 'app.test'
const everybody = { policy: { allow: [{ authenticated: true }], deny: [] } } as const

/** Ann's visit, let in at `startedAt`. */
async function world(t: Test, routes: readonly Partial<Route>[] = [everybody]) {
  const sessions = makeSessions(settings(), memoryLog())
  t.teardown(() => sessions.close())
  const jar = new Jar()
  jar.keep((await sessions.begin(signIn('ann'), undefined, host, startedAt)).setCookies)
  const visit = await visitOf(t, head('GET /stream', `Cookie: ${jar.header}`))
  if (visit.room.kind !== 'route') throw new Error('the visit led to no route')
  const guest: Guest = { visit, address: visit.room.address }
  const look = makeSecondLook(sessions, routeTable(routes.map(routeTo), '/_sallyport'))
  const judgedAt = async (now: number) => look.judge(guest, await look.find(guest, now, { fresh: false }), now)
  return { sessions, jar, judgedAt, look, guest }
}

t.test('looking is not coming: it neither pushes the idle clock nor ends a session', async t => {
  const { sessions, jar, judgedAt } = await world(t)
  for (const minutes of [10, 30, 59]) await judgedAt(startedAt + minutes * minute)
  t.match(await judgedAt(startedAt + hour), { kind: 'leaves', parting: { why: 'session-idle' } })
  const { finding } = await sessions.find(jar.header, host, startedAt + 59 * minute)
  t.equal(finding.kind, 'found')
})

t.test('who may stay is looked at again after `recheck`, or when the session would end before that', async t => {
  const { judgedAt } = await world(t, [{ ...everybody, recheckMs: 5 * minute }])
  t.same(await judgedAt(startedAt), { kind: 'stays', until: startedAt + 5 * minute })
  t.same(await judgedAt(startedAt + 58 * minute), { kind: 'stays', until: startedAt + hour })
})

t.test('the limits are those of the route', async t => {
  const { judgedAt } = await world(t, [
    { ...everybody, recheckMs: hour, session: { idleMs: 10 * minute, absoluteMs: hour } },
  ])
  t.same(await judgedAt(startedAt + minute), { kind: 'stays', until: startedAt + 10 * minute })
  t.match(await judgedAt(startedAt + 10 * minute), { kind: 'leaves', parting: { why: 'session-idle' } })
})

t.test('who may not stay is told what the door would say', async t => {
  for (const [policy, why] of [
    [{ allow: [], deny: [] }, 'not-allowed'],
    [{ allow: [{ authenticated: true }], deny: [{ users: ['ann'] }] }, 'denied'],
    [{ allow: [{ authenticated: true, methods: ['POST'] }], deny: [] }, 'not-allowed'],
  ] as const)
    t.match(await (await world(t, [{ policy }])).judgedAt(startedAt), {
      kind: 'leaves',
      parting: { why, refusal: { kind: 'forbid', reason: why } },
    })
})

t.test('the routes of this generation count, whichever route it was', async t => {
  const stays = { kind: 'stays' }
  t.match(await (await world(t, [{ ...everybody, name: 'renamed' }])).judgedAt(startedAt), stays)
  t.match(await (await world(t, [{ ...everybody, path: '/stream', exact: true }])).judgedAt(startedAt), stays)
  for (const moved of [{ path: '/elsewhere' }, { hosts: ['other.test'] }, { methods: ['POST'] }])
    t.match(await (await world(t, [{ ...everybody, ...moved }])).judgedAt(startedAt), {
      kind: 'leaves',
      parting: { why: 'no-route' },
    })
})

t.test('where everybody may be, a session that is gone matters no more', async t => {
  const { sessions, jar, judgedAt } = await world(t, [{ public: true, recheckMs: minute }])
  await sessions.end(jar.header, host, startedAt)
  t.same(await judgedAt(startedAt), { kind: 'stays', until: startedAt + minute })
})
