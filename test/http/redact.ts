import fc from 'fast-check'
import t from 'tap'
import { Secret } from '../../src/core/secret.ts'
import { withoutSecrets } from '../../src/http/redact.ts'

t.test(
  'what stands under the name of a secret is not written, however it is spelt and however deep it stands',
  async t => {
    const canary = 'canary'
    for (const name of [
      'token',
      'access_token',
      'accessToken',
      'Access-Token',
      'set-cookie',
      'CODE',
      'client_secret',
      'password',
    ]) {
      for (const facts of [
        { [name]: canary },
        { a: { [name]: canary } },
        { a: { b: { c: { [name]: [canary] } } } },
        { list: [1, { [name]: { inner: canary } }] },
      ])
        t.notMatch(JSON.stringify(withoutSecrets(facts)), canary, JSON.stringify(facts))
    }
  },
)

t.test('all other facts stay what they are', async t => {
  const facts = { request: 'r', ms: 1.5, nested: { list: [1, 'two', null], flag: true }, gone: undefined }
  t.same(withoutSecrets(facts), facts)
  const flat = { request: 'r', status: 200 }
  t.equal(withoutSecrets(flat), flat, 'and are not even copied')
  t.equal(JSON.stringify(withoutSecrets({ value: new Secret('canary') })), '{"value":"[secret]"}')
})

t.test('no facts make it throw', async t => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.anything()), facts => void withoutSecrets(facts)))
  t.pass()
})
