// The ID token that a refresh brings is about another person.
import t from 'tap'
import { over, signInAndRefresh } from '../support/suite-refresh.ts'

t.test(
  'a refresh that brings another person ends the session (oidcc-client-test-refresh-token-invalid-sub)',
  async t => {
    const { login, after } = await signInAndRefresh(t, 'refresh-token-invalid-sub')
    t.ok(login.signedIn)
    t.match(after, { ...over, logged: /sub is not that of the session/ })
  },
)
