// Session limits, at their very edges.
import t from 'tap'
import { needsTouch, type Session, sessionEnd, sessionExpiry } from '../../src/core/session.ts'
import { identity } from './fixtures/routes.ts'

const limits = { idleMs: 1000, absoluteMs: 5000 }
const session = (seenAt: number): Session => ({
  id: 's',
  identity: identity(),
  tokens: { idToken: 'x' },
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

t.test('it is touched after a tenth of its idle time', async t => {
  t.notOk(needsTouch(session(0), limits, 99))
  t.ok(needsTouch(session(0), limits, 100))
})

t.test('it expires at the earlier of both limits', async t => {
  t.equal(sessionExpiry(session(0), limits), 1000)
  t.equal(sessionExpiry(session(4900), limits), 5000)
})
