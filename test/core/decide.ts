// The one decision: every finding at every kind of route.
import t from 'tap'
import { decide, type SessionFinding } from '../../src/core/decide.ts'
import { unknownDevice } from '../../src/core/session.ts'
import { identity, route } from './fixtures/routes.ts'

const session = {
  id: 's',
  identity: identity(),
  tokens: { idToken: 'x' },
  device: unknownDevice,
  revision: 0,
  startedAt: 0,
  seenAt: 0,
}
const findings: Readonly<Record<string, SessionFinding>> = {
  none: { kind: 'none' },
  found: { kind: 'found', session },
  idle: { kind: 'ended', why: 'idle' },
  absolute: { kind: 'ended', why: 'absolute' },
  revoked: { kind: 'ended', why: 'revoked' },
  unknown: { kind: 'ended', why: 'unknown' },
  unreadable: { kind: 'unreadable' },
}
const routes = {
  public: route('/', { public: true, policy: { allow: [], deny: [{ authenticated: true }] } }),
  allowing: route('/', { policy: { allow: [{ users: ['ann'] }], deny: [] } }),
  other: route('/', { policy: { allow: [{ users: ['bob'] }], deny: [] } }),
  denying: route('/', { policy: { allow: [{ authenticated: true }], deny: [{ users: ['ann'] }] } }),
  silent: route('/', { policy: { allow: [], deny: [] } }),
}
const logins = {
  none: 'no-session',
  idle: 'session-idle',
  absolute: 'session-over',
  revoked: 'session-revoked',
  unknown: 'session-unknown',
  unreadable: 'session-unreadable',
}
const verdicts = {
  allowing: ['forward', 'allowed'],
  other: ['forbid', 'not-allowed'],
  denying: ['forbid', 'denied'],
  silent: ['forbid', 'not-allowed'],
} as const

const at = (name: keyof typeof routes, finding: SessionFinding = { kind: 'none' }) =>
  decide({ route: routes[name], finding, method: 'GET', peer: '127.0.0.1' })

t.test('a public route forwards everybody, and knows who it is where there is a session', async t => {
  for (const [name, finding] of Object.entries(findings))
    t.same(at('public', finding), { kind: 'forward', reason: 'public', ...(name === 'found' && { session }) }, name)
})

t.test('every other route asks for a login where no session was found, and says why', async t => {
  for (const name of ['allowing', 'other', 'denying', 'silent'] as const)
    for (const [finding, reason] of Object.entries(logins))
      t.same(at(name, findings[finding]), { kind: 'login', reason }, `${name}, ${finding}`)
})

t.test('with a session the policy decides', async t => {
  for (const [name, [kind, reason]] of Object.entries(verdicts))
    t.same(at(name as keyof typeof verdicts, findings.found), { kind, reason, session }, name)
})
