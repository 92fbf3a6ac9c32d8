// The ID token that a refresh brings names another issuer.
import t from 'tap'
import { over, signInAndRefresh } from '../support/suite-refresh.ts'

t.test(
  'a refresh that brings an ID token of another issuer ends the session (oidcc-client-test-refresh-token-invalid-issuer)',
  async t => {
    const { login, after } = await signInAndRefresh(t, 'refresh-token-invalid-issuer')
    t.ok(login.signedIn)
    t.match(after, { ...over, logged: /\biss\b/ })
  },
)
