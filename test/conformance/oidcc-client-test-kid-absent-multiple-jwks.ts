// Neither the ID token nor any key has an id, and several keys can have made the signature.
import t from 'tap'
import { accepted, responseModes, startSuite } from '../support/suite.ts'

t.test('of several keys without ids each is tried (oidcc-client-test-kid-absent-multiple-jwks)', async t => {
  const { login } = await startSuite(t, ['kid-absent-multiple-jwks'])
  for (const mode of responseModes) t.match(await login(mode), accepted, mode)
})
