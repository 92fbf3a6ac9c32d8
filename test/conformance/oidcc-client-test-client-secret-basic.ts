// The client proves itself with its secret in the Authorization header.
import t from 'tap'
import { accepted, responseModes, startSuite } from '../support/suite.ts'

t.test('the secret goes by Basic and not in the body (oidcc-client-test-client-secret-basic)', async t => {
  const { login, provider } = await startSuite(t)
  for (const mode of responseModes) {
    t.match(await login(mode), accepted, mode)
    t.match(provider.seen.authorization, /^Basic /)
    t.notOk(provider.seen.token?.has('client_secret'))
  }
})
