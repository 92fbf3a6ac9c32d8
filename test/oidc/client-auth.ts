// Client authentication at a real token endpoint, with an id and a secret that only correct encoding brings across.
import t from 'tap'
import { describe } from '../../src/core/errors.ts'
import { Secret } from '../../src/core/secret.ts'
import { openDoor, redirectUri, signIn, visitorCalled } from '../support/oidc.ts'
import { startProvider } from '../support/provider.ts'
import { metadata } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

for (const method of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
  t.test(`a client that authenticates with ${method} signs people in (lessons 74, 75)`, async t => {
    const clientSecret = 'a:b+c/d&e%20 f'
    const real = await startProvider(t, { clients: [{ clientId: 'an:odd+client', clientSecret, authMethod: method }] })
    await real.register([redirectUri])
    const clientAuth = method === 'none' ? { method } : { method, secret: new Secret(clientSecret) }
    t.match(await signIn(openDoor(t, real, { clientAuth }), visitorCalled('ann')), { identity: { user: 'ann' } })
  })
}

t.test('a wrong client secret is a failed login whose log line names invalid_client and not the secret', async t => {
  const real = await startProvider(t)
  await real.register([redirectUri])
  const clientAuth = { method: 'client_secret_basic', secret: new Secret('not the secret') } as const
  const failure = await signIn(openDoor(t, real, { clientAuth }), visitorCalled('ann')).catch(error => error)
  t.match(failure, { code: 'login-failed', message: /invalid_client/ })
  t.notMatch(describe(failure), /not the secret/)
})

t.test('exactly the configured way of authenticating is used, and no other', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const secret = new Secret(rogue.client.clientSecret)
  await signIn(openDoor(t, rogue, { clientAuth: { method: 'client_secret_basic', secret } }))
  t.equal(rogue.seen.authorization, `Basic ${btoa('sally+port:rogue+secret%3A+100%25%2B1')}`)
  t.notOk(rogue.seen.token?.has('client_secret'))
  await signIn(openDoor(t, rogue, { clientAuth: { method: 'client_secret_post', secret } }))
  t.equal(rogue.seen.authorization, undefined)
  t.equal(rogue.seen.token?.get('client_secret'), rogue.client.clientSecret)
})

t.test(
  'without a configured way the provider’s metadata decides, and odd metadata means basic (lesson 78)',
  async t => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    const secret = new Secret(rogue.client.clientSecret)
    for (const [offered, basic] of [
      [undefined, true],
      [['client_secret_basic', 'client_secret_post'], true],
      [['private_key_jwt', 'client_secret_post'], false],
      [['client_secret_post'], false],
      [['tls_client_auth', 'some-future-method'], true],
    ] as const) {
      rogue.behave()
      rogue.misbehave(metadata({ token_endpoint_auth_methods_supported: offered }))
      await signIn(openDoor(t, rogue, { clientAuth: { method: 'client_secret', secret } }))
      t.equal(rogue.seen.authorization !== undefined, basic, String(offered))
      t.equal(rogue.seen.token?.has('client_secret'), !basic)
    }
  },
)
