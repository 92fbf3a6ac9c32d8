// Failures in our words: recognised by code, stripped of what must not be logged.
import t from 'tap'
import { describe, SallyportError } from '../../src/core/errors.ts'
import { providerFailure } from '../../src/oidc/errors.ts'

t.test('a failure of ours stays what it is', async t => {
  const ours = new SallyportError('login-failed', 'as it was')
  t.equal(providerFailure('it', ours), ours)
})

t.test('what is not recognised fails the login and shows its name and code only', async t => {
  const failure = providerFailure('it', new SyntaxError('Unexpected token in {"access_token":"at-4711"'))
  t.match(failure, { code: 'login-failed', message: /SyntaxError/ })
  t.notMatch(describe(failure), /4711/)
  t.match(providerFailure('it', 'a string at-4711').message, /^it failed: not an Error$/)
})
