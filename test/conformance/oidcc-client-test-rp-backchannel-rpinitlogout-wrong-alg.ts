// The logout token is signed by an algorithm that is not the client’s.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenRefused } from '../support/suite-logout.ts'

t.test(
  'a logout token of another algorithm is refused (oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    t.match(await signOutHere(suite, 'backchannel-wrong-alg'), tokenRefused('signature'))
  },
)
