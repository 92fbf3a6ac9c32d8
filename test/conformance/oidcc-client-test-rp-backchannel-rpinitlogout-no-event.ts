// The logout token does not say that it is one.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenRefused } from '../support/suite-logout.ts'

t.test(
  'a logout token without its event is refused (oidcc-client-test-rp-backchannel-rpinitlogout-no-event)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    t.match(await signOutHere(suite, 'backchannel-no-event'), tokenRefused('events'))
  },
)
