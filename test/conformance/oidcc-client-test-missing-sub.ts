// The ID token says of nobody that they have signed in.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an ID token about nobody ends the login (oidcc-client-test-missing-sub)', async t => {
  const { login } = await startSuite(t, ['missing-sub'])
  for (const mode of responseModes) t.match(await login(mode), { ...refused, logged: /\bsub\b/ }, mode)
})
