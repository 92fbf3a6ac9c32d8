// The access token goes to userinfo in the Authorization header, and in no address.
import t from 'tap'
import { accepted, startSuite } from '../support/suite.ts'

t.test('userinfo is asked with the token in the header (oidcc-client-test-userinfo-bearer-header)', async t => {
  const { login, provider } = await startSuite(t)
  t.match(await login(), accepted)
  t.match(provider.seen.userinfo, { method: 'GET', url: '/userinfo', headers: { authorization: /^Bearer [\w-]+$/ } })
})
