// The ID token was made for another login.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('an ID token of another login ends this one (oidcc-client-test-nonce-invalid)', async t => {
  const { login } = await startSuite(t, ['nonce-invalid'])
  for (const mode of responseModes)
    t.match(await login(mode), { ...refused, logged: /nonce is not the one that was sent/ }, mode)
})
