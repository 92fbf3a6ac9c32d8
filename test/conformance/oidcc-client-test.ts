// Nothing is wrong: many keys, unknown parameters, and metadata in no particular order.
import t from 'tap'
import { accepted, responseModes, startSuite } from '../support/suite.ts'

t.test('a login goes through, and userinfo is asked (oidcc-client-test)', async t => {
  const { login } = await startSuite(t)
  for (const mode of responseModes) t.match(await login(mode), accepted, mode)
})
