// Somebody is sent to the gateway by another site, with nothing but the name of the provider.
import t from 'tap'
import { accepted, startSuite } from '../support/suite.ts'

t.test(
  'a login that another site asks for begins at the issuer it names (oidcc-client-test-3rd-party-init-login)',
  async t => {
    const { login, provider } = await startSuite(t)
    const from = `/_sallyport/start?${new URLSearchParams({ iss: provider.issuer })}`
    t.match(await login('query', from), accepted)
  },
)
