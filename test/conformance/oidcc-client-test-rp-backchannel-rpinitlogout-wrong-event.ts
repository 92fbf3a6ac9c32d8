// The logout token is about another event.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenRefused } from '../support/suite-logout.ts'

t.test(
  'a logout token of another event is refused (oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    t.match(await signOutHere(suite, 'backchannel-wrong-event'), tokenRefused('events'))
  },
)
