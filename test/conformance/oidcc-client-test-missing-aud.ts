// The ID token is meant for no client in particular.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an ID token for nobody in particular ends the login (oidcc-client-test-missing-aud)', async t => {
  const { login } = await startSuite(t, ['missing-aud'])
  for (const mode of responseModes) t.match(await login(mode), { ...refused, logged: /\baud\b/ }, mode)
})
