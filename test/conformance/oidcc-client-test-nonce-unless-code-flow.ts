// In the flows that are not ours a nonce must be sent; in ours one is always sent too.
import t from 'tap'
import { accepted, startSuite } from '../support/suite.ts'

t.test('every login has a nonce of its own (oidcc-client-test-nonce-unless-code-flow)', async t => {
  const { login, provider } = await startSuite(t)
  const nonces = new Set<unknown>()
  for (let times = 0; times < 3; times++) {
    t.match(await login(), accepted)
    nonces.add(provider.seen.authorize?.get('nonce'))
  }
  t.equal(nonces.size, 3)
  for (const nonce of nonces) t.match(nonce, /^[\w-]{43}$/)
})
