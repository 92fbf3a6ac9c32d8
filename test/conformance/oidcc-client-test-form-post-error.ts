// The provider is asked for what it cannot do without a word to the person, and posts that as an error.
import t from 'tap'
import { refused, startSuite } from '../support/suite.ts'

t.test(
  'an error that comes as a form is shown, and asks for nothing more (oidcc-client-test-form-post-error)',
  async t => {
    const authorizationParams = { prompt: 'none', max_age: '0' }
    const { login, provider } = await startSuite(t, ['form-post-error'], { authorizationParams })
    const { page, ...outcome } = await login('form_post')
    t.match(outcome, { ...refused, status: 403, steps: /^authorize$/, logged: /answered "login_required"/ })
    t.match(page.body, 'The identity provider did not sign you in.')
    t.match(Object.fromEntries(provider.seen.authorize ?? []), { ...authorizationParams, response_mode: 'form_post' })
  },
)
