// The logout token is meant for another client.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenRefused } from '../support/suite-logout.ts'

t.test(
  'a logout token for another client is refused (oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    t.match(await signOutHere(suite, 'backchannel-wrong-aud'), tokenRefused('aud'))
  },
)
