// The provider sends a logout token, with a claim and a parameter that nobody knows.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere, tokenTaken } from '../support/suite-logout.ts'

t.test('a logout token ends every browser’s session (oidcc-client-test-rp-backchannel-rpinitlogout)', async t => {
  const suite = await startSuite(t, [], { tells: 'by token' })
  t.match(await signOutHere(suite), tokenTaken)
})
