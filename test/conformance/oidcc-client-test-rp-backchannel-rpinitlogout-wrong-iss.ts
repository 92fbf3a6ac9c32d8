// The logout token names another issuer.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenRefused } from '../support/suite-logout.ts'

t.test(
  'a logout token of another issuer is refused (oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    t.match(await signOutHere(suite, 'backchannel-wrong-iss'), tokenRefused('iss'))
  },
)
