// One bit of an RS256 signature is another one.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an RS256 signature that does not hold ends the login (oidcc-client-test-invalid-sig-rs256)', async t => {
  const { login } = await startSuite(t, ['invalid-sig'])
  for (const mode of responseModes)
    t.match(await login(mode), { ...refused, logged: /no key of the provider made its signature/ }, mode)
})
