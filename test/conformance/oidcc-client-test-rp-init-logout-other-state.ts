// The provider sends the browser back with another state than it was given.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere } from '../support/suite-logout.ts'

t.test('another state after a logout changes nothing (oidcc-client-test-rp-init-logout-other-state)', async t => {
  const suite = await startSuite(t)
  const farewell = await signOutHere(suite, 'rp-init-logout-other-state')
  t.match(farewell, { status: 200, path: '/_sallyport/signed-out', signedIn: false })
  t.match(farewell.page.body, 'You are signed out')
  t.ok(suite.provider.seen.logout?.get('state'), 'a state was sent')
})
