// The ID token is signed with a secret, and not with the one of this client. Here no secret signs anything.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an HS256 signature ends the login, whoever made it (oidcc-client-test-invalid-sig-hs256)', async t => {
  const { login } = await startSuite(t, ['invalid-sig-hs256'])
  for (const mode of responseModes)
    t.match(await login(mode), { ...refused, logged: /its alg is not one of the allowed ones/ }, mode)
})
