// The ID token does not say when it was issued.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an ID token without a time of issue ends the login (oidcc-client-test-missing-iat)', async t => {
  const { login } = await startSuite(t, ['missing-iat'])
  for (const mode of responseModes) t.match(await login(mode), { ...refused, logged: /\biat\b/ }, mode)
})
