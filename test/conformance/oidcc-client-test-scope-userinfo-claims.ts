// Scopes ask for claims, and userinfo brings them.
import t from 'tap'
import { accepted, responseModes, startSuite } from '../support/suite.ts'

t.test(
  'claims are asked for by scope, and reach the application (oidcc-client-test-scope-userinfo-claims)',
  async t => {
    const { login, provider } = await startSuite(t)
    for (const mode of responseModes) {
      const outcome = await login(mode)
      t.match(outcome, accepted, mode)
      t.equal(provider.seen.authorize?.get('scope'), 'openid profile email')
      t.match(outcome.page.body, '"X-Forwarded-Email","ann@example.com"', 'which only userinfo has said')
    }
  },
)
