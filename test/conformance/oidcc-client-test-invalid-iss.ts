// The ID token names another issuer than the one that was asked.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an ID token of another issuer ends the login (oidcc-client-test-invalid-iss)', async t => {
  const { login } = await startSuite(t, ['invalid-iss'])
  for (const mode of responseModes) t.match(await login(mode), { ...refused, logged: /\biss\b/ }, mode)
})
