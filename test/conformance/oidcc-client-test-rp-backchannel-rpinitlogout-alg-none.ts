// The logout token is not signed.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenRefused } from '../support/suite-logout.ts'

t.test(
  'a logout token without a signature is refused (oidcc-client-test-rp-backchannel-rpinitlogout-alg-none)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    t.match(await signOutHere(suite, 'backchannel-alg-none'), tokenRefused('signature'))
  },
)
