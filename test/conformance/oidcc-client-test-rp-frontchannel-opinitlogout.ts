// The provider shows our logout in a frame when somebody signs out there.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutThere } from '../support/suite-logout.ts'

t.test(
  'a frame at a logout that began at the provider ends the session it names (oidcc-client-test-rp-frontchannel-opinitlogout)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by frame' })
    const farewell = await signOutThere(suite)
    t.match(farewell, { status: 200, signedIn: false, otherSignedIn: false })
    t.match(farewell.frames, [{ status: 200, headers: { 'cache-control': 'no-store' } }])
    t.match(farewell.frames[0]?.headers['content-security-policy'], `frame-ancestors ${suite.provider.issuer}`)
  },
)
