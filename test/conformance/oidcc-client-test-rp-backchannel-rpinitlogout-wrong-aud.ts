// The logout token is meant for another client.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere } from '../support/suite-logout.ts'

t.test(
  'a logout token for another client is refused (oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    const farewell = await signOutHere(suite, 'backchannel-wrong-aud')
    t.match(farewell, { status: 200, signedIn: false, otherSignedIn: true, logged: { check: 'aud' } })
    t.match(suite.provider.seen.backchannel, { status: 400, cacheControl: 'no-store' })
  },
)
