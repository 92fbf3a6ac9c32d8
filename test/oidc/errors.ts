// Failures in our words: recognised by code, stripped of what must not be logged.
import t from 'tap'
import { describe, SallyportError } from '../../src/core/errors.ts'
import { providerFailure } from '../../src/oidc/errors.ts'

const lost = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(`connect ${code}`), { code }) })

t.test('a connection that fails and a time that runs out are the absence of the provider', async t => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'CERT_HAS_EXPIRED', 'UND_ERR_SOCKET'])
    t.match(providerFailure('it', lost(code)), {
      code: 'provider-unavailable',
      retryAfterSeconds: Number,
      message: new RegExp(code),
    })
  t.match(providerFailure('it', AbortSignal.timeout(0).reason ?? new DOMException('', 'TimeoutError')), {
    code: 'provider-unavailable',
  })
})

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
