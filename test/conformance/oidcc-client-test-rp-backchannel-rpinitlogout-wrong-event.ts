// The logout token is about another event.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere } from '../support/suite-logout.ts'

t.test(
  'a logout token of another event is refused (oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    const farewell = await signOutHere(suite, 'backchannel-wrong-event')
    t.match(farewell, { status: 200, signedIn: false, otherSignedIn: true, logged: { check: 'events' } })
    t.match(suite.provider.seen.backchannel, { status: 400, cacheControl: 'no-store' })
  },
)
