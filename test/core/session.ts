// Session limits, at their very edges.
import t from 'tap'
import {
  clockOf,
  deviceOf,
  matchesFilter,
  needsTouch,
  pushedOn,
  type Session,
  sessionEnd,
  sessionExpiry,
  summaryOf,
  unknownDevice,
} from '../../src/core/session.ts'
import { identity } from './fixtures/routes.ts'

const limits = { idleMs: 1000, absoluteMs: 5000 }
const session = (seenAt: number): Session => ({
  id: 's',
  identity: identity(),
  tokens: { idToken: 'x' },
  device: unknownDevice,
  revision: 0,
  startedAt: 0,
  seenAt,
})

t.test('a session ends by idling, and by its absolute limit however busy it was', async t => {
  t.equal(sessionEnd(session(0), limits, 999), undefined)
  t.equal(sessionEnd(session(0), limits, 1000), 'idle')
  t.equal(sessionEnd(session(4900), limits, 4999), undefined)
  t.equal(sessionEnd(session(4900), limits, 5000), 'absolute')
  t.equal(sessionEnd(session(0), limits, 9000), 'absolute')
})

t.test('the longest rest stays, so that a stricter limit finds it although the session was used since', async t => {
  const woken = { ...session(0), ...pushedOn(session(0), 900) }
  t.same(clockOf(woken), { seenAt: 900, restedMs: 900 })
  t.same(pushedOn(woken, 1000), { seenAt: 1000, restedMs: 900 })
  t.same(pushedOn(woken, 800), { seenAt: 900, restedMs: 900 }, 'a clock that is behind changes nothing')
  t.equal(sessionEnd(woken, limits, 901), undefined)
  t.equal(sessionEnd(woken, { ...limits, idleMs: 900 }, 901), 'idle')
  t.equal(sessionEnd(woken, { ...limits, idleMs: 901 }, 901), undefined)
})

t.test('it is touched after a tenth of its idle time', async t => {
  t.notOk(needsTouch(session(0), limits.idleMs, 99))
  t.ok(needsTouch(session(0), limits.idleMs, 100))
})

t.test('it expires at the earlier of both limits', async t => {
  t.equal(sessionExpiry(session(0), limits), 1000)
  t.equal(sessionExpiry(session(4900), limits), 5000)
})

t.test('a device is what the browser calls itself, cut to a bearable length, and its address', async t => {
  t.same(deviceOf('Firefox', '192.0.2.1'), { browser: 'Firefox', address: '192.0.2.1' })
  t.equal(deviceOf('x'.repeat(5000), '192.0.2.1').browser.length, 200)
  t.equal(deviceOf(undefined, '192.0.2.1').browser, '')
})

t.test('a summary names the person and the device, and carries no token and no claim', async t => {
  const summary = summaryOf(session(7))
  t.match(summary, { id: 's', user: 'ann', device: unknownDevice, startedAt: 0, seenAt: 7 })
  t.notOk('tokens' in summary || 'claims' in summary || 'identity' in summary)
})

t.test('a filter holds every field that it names, and no other', async t => {
  const summary = summaryOf(session(0))
  const { issuer, subject, user } = summary
  for (const filter of [{}, { issuer }, { subject }, { user }, { issuer, subject, user }])
    t.ok(matchesFilter(summary, filter))
  for (const filter of [{ issuer: 'x' }, { subject: 'x' }, { user: '' }, { issuer, subject, user: 'x' }])
    t.notOk(matchesFilter(summary, filter))
})
