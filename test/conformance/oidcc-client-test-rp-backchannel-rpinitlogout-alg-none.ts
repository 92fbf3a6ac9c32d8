// The logout token is not signed.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere } from '../support/suite-logout.ts'

t.test(
  'a logout token without a signature is refused (oidcc-client-test-rp-backchannel-rpinitlogout-alg-none)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by token' })
    const farewell = await signOutHere(suite, 'backchannel-alg-none')
    t.match(farewell, { status: 200, signedIn: false, otherSignedIn: true, logged: { check: 'signature' } })
    t.match(suite.provider.seen.backchannel, { status: 400, cacheControl: 'no-store' })
  },
)
