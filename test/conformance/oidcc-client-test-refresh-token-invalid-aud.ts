// The ID token that a refresh brings is meant for another client.
import t from 'tap'
import { over, signInAndRefresh } from '../support/suite-refresh.ts'

t.test(
  'a refresh that brings an ID token for another client ends the session (oidcc-client-test-refresh-token-invalid-aud)',
  async t => {
    const { login, after } = await signInAndRefresh(t, 'refresh-token-invalid-aud')
    t.ok(login.signedIn)
    t.match(after, { ...over, logged: /\baud\b/ })
  },
)
