// The provider shows our logout in a frame when somebody signs out there.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { frameShown, signOutThere } from '../support/suite-logout.ts'

t.test(
  'a frame at a logout that began at the provider ends the session it names (oidcc-client-test-rp-frontchannel-opinitlogout)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by frame' })
    t.match(await signOutThere(suite), frameShown(suite))
  },
)
