// The ID token that a refresh brings was issued to another client.
import t from 'tap'
import { over, signInAndRefresh } from '../support/suite-refresh.ts'

t.test(
  'a refresh that brings an ID token given to another client ends the session (oidcc-client-test-refresh-token-invalid-azp)',
  async t => {
    const { login, after } = await signInAndRefresh(t, 'refresh-token-invalid-azp')
    t.ok(login.signedIn)
    t.match(after, { ...over, logged: /\bazp\b/ })
  },
)
