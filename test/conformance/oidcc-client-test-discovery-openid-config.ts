// All that is configured is the issuer; everything else stands in the provider's metadata.
import t from 'tap'
import { accepted, startSuite } from '../support/suite.ts'

t.test(
  'the metadata of the issuer is read before anything else (oidcc-client-test-discovery-openid-config)',
  async t => {
    const { login, provider } = await startSuite(t)
    t.match(await login(), accepted)
    t.strictSame([...new Set(provider.steps)].slice(0, 2), ['discovery', 'authorize'])
    t.equal(provider.calls.elsewhere, 0)
  },
)
