// The ID token is not signed. A client may accept that from the token endpoint; this one does not, and the suite says SKIPPED.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an ID token without a signature ends the login (oidcc-client-test-idtoken-sig-none)', async t => {
  const { login } = await startSuite(t, ['idtoken-sig-none'])
  for (const mode of responseModes)
    t.match(await login(mode), { ...refused, logged: /its alg is not one of the allowed ones/ }, mode)
})
