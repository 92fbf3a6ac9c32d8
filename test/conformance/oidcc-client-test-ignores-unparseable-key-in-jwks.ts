// Among the keys are some of kinds that nobody knows yet.
import t from 'tap'
import { accepted, responseModes, startSuite } from '../support/suite.ts'

t.test('keys of unknown kinds are passed over (oidcc-client-test-ignores-unparseable-key-in-jwks)', async t => {
  const { login } = await startSuite(t, ['ignores-unparseable-key-in-jwks'])
  for (const mode of responseModes) t.match(await login(mode), accepted, mode)
})
