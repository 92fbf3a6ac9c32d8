// The provider shows our logout in a frame when somebody signs out here.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { frameShown, signOutHere } from '../support/suite-logout.ts'

t.test(
  'a frame at a logout that began here ends the session it names (oidcc-client-test-rp-frontchannel-rpinitlogout)',
  async t => {
    const suite = await startSuite(t, [], { tells: 'by frame' })
    t.match(await signOutHere(suite), frameShown(suite))
  },
)
