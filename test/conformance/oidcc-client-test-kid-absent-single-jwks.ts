// Neither the ID token nor any key has an id, and one key can have made the signature.
import t from 'tap'
import { accepted, responseModes, startSuite } from '../support/suite.ts'

t.test('a signature without a key id is the one fitting key’s (oidcc-client-test-kid-absent-single-jwks)', async t => {
  const { login } = await startSuite(t, ['kid-absent-single-jwks'])
  for (const mode of responseModes) t.match(await login(mode), accepted, mode)
})
