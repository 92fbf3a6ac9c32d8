// The keys are at an address that is another one in every run, and that only the metadata tells.
import t from 'tap'
import { accepted, startSuite } from '../support/suite.ts'

t.test(
  'keys are read where the metadata says, before userinfo (oidcc-client-test-discovery-jwks-uri-keys)',
  async t => {
    const { login, provider } = await startSuite(t)
    t.match(await login(), accepted)
    t.strictSame([...new Set(provider.steps)], ['discovery', 'authorize', 'token', 'jwks', 'userinfo'])
  },
)
