// The ID token is meant for another client.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an ID token for another client ends the login (oidcc-client-test-invalid-aud)', async t => {
  const { login } = await startSuite(t, ['invalid-aud'])
  for (const mode of responseModes) t.match(await login(mode), { ...refused, logged: /\baud\b/ }, mode)
})
