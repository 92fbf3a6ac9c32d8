// The logout token has a nonce, as only an ID token has.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenRefused } from '../support/suite-logout.ts'

t.test('a logout token with a nonce is refused (oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce)', async t => {
  const suite = await startSuite(t, [], { tells: 'by token' })
  t.match(await signOutHere(suite, 'backchannel-with-nonce'), tokenRefused('nonce'))
})
