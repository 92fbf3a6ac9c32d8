// Userinfo is about another person than the ID token. The suite sees the request alone; that the login failed is for the log to say.
import t from 'tap'
import { refused, responseModes, startSuite } from '../support/suite.ts'

t.test('userinfo of another person ends the login (oidcc-client-test-userinfo-invalid-sub)', async t => {
  const { login } = await startSuite(t, ['userinfo-invalid-sub'])
  for (const mode of responseModes)
    t.match(await login(mode), { ...refused, userinfo: 1, logged: /userinfo was refused: sub is not that/ }, mode)
})
