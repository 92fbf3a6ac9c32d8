// The tokens are renewed, and userinfo is asked with the new one.
import t from 'tap'
import { accepted } from '../support/suite.ts'
import { signInAndRefresh } from '../support/suite-refresh.ts'

t.test('a session goes on with new tokens (oidcc-client-test-refresh-token)', async t => {
  const { suite, login, after } = await signInAndRefresh(t)
  t.match(login, accepted)
  t.match(after, { ...accepted, steps: /^token userinfo$/ })
  t.equal(suite.provider.seen.token?.get('grant_type'), 'refresh_token')
  t.not(after.bearer, login.bearer)
})
