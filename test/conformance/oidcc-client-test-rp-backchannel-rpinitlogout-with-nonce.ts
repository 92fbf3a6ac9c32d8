// The logout token has a nonce, as only an ID token has.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere } from '../support/suite-logout.ts'

t.test('a logout token with a nonce is refused (oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce)', async t => {
  const suite = await startSuite(t, [], { tells: 'by token' })
  const farewell = await signOutHere(suite, 'backchannel-with-nonce')
  t.match(farewell, { status: 200, signedIn: false, otherSignedIn: true, logged: { check: 'nonce' } })
  t.match(suite.provider.seen.backchannel, { status: 400, cacheControl: 'no-store' })
})
