// The ID token came with another access token.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test(
  'an ID token that belongs to another access token ends the login (oidcc-client-test-invalid-athash)',
  async t => {
    const { login } = await startSuite(t, ['invalid-athash'])
    for (const mode of responseModes)
      t.match(await login(mode), { ...refused, logged: /at_hash does not belong to the access token/ }, mode)
  },
)
