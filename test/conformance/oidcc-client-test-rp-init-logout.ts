// The provider is asked to end its session, by a token of this run and with the address that is registered.
import t from 'tap'
import { startSuite } from '../support/suite.ts'
import { signOutHere } from '../support/suite-logout.ts'

t.test('who signs out is signed out at the provider, and comes back (oidcc-client-test-rp-init-logout)', async t => {
  const suite = await startSuite(t)
  const farewell = await signOutHere(suite)
  t.match(farewell, { status: 200, path: '/_sallyport/signed-out', signedIn: false })
  t.match(farewell.page.body, 'You are signed out')
  t.ok(suite.provider.seen.logout?.get('state'), 'a state was sent')
})
