// The whole login at a real provider: node-oidc-provider in its own process.
import t from 'tap'
import { describe } from '../../src/core/errors.ts'
import { readAuthorizationResponse } from '../../src/core/pending-login.ts'
import { Secret } from '../../src/core/secret.ts'
import { openBrowser } from '../support/browser.ts'
import { answersAtOnce, codeIn, openDoor, redirectUri, signIn, visitorCalled, wish } from '../support/oidc.ts'
import { startProvider } from '../support/provider.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

t.test('a person signs in at a real provider and is known by the mapped claims', async t => {
  const real = await startProvider(t)
  await real.register([redirectUri])
  const door = openDoor(t, real)
  const { identity, tokens } = await signIn(door, visitorCalled('ann'))
  t.match(identity, {
    provider: 'corp',
    issuer: real.issuer,
    subject: 'ann',
    user: 'ann',
    email: 'ann@example.com',
    emailVerified: true,
  })
  t.match(identity, { name: 'Ann Archer', groups: ['sre', 'staff'] })
  t.match(tokens, { idToken: /^ey.*\..*\./, accessToken: String, refreshToken: String, accessTokenExpiresAt: Number })
  const cat = await signIn(door, visitorCalled('cat'))
  t.match(cat.identity, { user: 'cat', emailVerified: false, groups: [] })
})

t.test('each of the seven steps that happens here is one line in the debug log, without secrets in it', async t => {
  const real = await startProvider(t)
  await real.register([redirectUri])
  const door = openDoor(t, real)
  const { tokens } = await signIn(door, visitorCalled('bob'))
  const steps = door.log.lines.filter(({ text }) => text.startsWith('step '))
  t.same(
    steps.map(({ text }) => text),
    [
      'step 1: user authentication request',
      'step 2: authorization server login',
      'step 4: token request',
      'step 5: token response',
      'step 6: userinfo request',
      'step 7: userinfo response',
    ],
  )
  const written = JSON.stringify(door.log.lines)
  for (const secret of [tokens.idToken, tokens.accessToken, tokens.refreshToken, real.client.clientSecret])
    t.notOk(written.includes(String(secret)))
})

for (const method of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
  t.test(`a client that authenticates with ${method} signs people in`, async t => {
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

t.test('keys that change between two logins cost one more request and no login', async t => {
  const real = await startProvider(t)
  await real.register([redirectUri])
  const door = openDoor(t, real)
  await signIn(door, visitorCalled('ann'))
  await real.rotateKeys()
  t.match(await signIn(door, visitorCalled('bob')), { identity: { user: 'bob' } })
  t.match(await real.counts(), { '/jwks': 2, '/.well-known/openid-configuration': 1 })
})

t.test('a visitor who refuses comes back with an error, not with a code', async t => {
  const real = await startProvider(t)
  await real.register([redirectUri])
  const { url } = await openDoor(t, real).begin(wish())
  const back = await visitorCalled('ann', { cancel: 'yes' })(url)
  t.match(readAuthorizationResponse(back.searchParams), { kind: 'error', error: 'access_denied' })
})

t.test('what is sent to the provider is ours alone, and new for every login', async t => {
  const rogue = await startRogueProvider(t)
  const extras = {
    prompt: 'login',
    state: 'planted',
    nonce: 'planted',
    client_id: 'planted',
    redirect_uri: 'https://evil.example/',
    response_type: 'token',
    scope: 'admin',
    code_challenge_method: 'plain',
  }
  const door = openDoor(t, rogue, { authorizationParams: extras })
  const [one, two] = [await door.begin(wish()), await door.begin(wish())]
  const sent = one.url.searchParams
  t.match(Object.fromEntries(sent), {
    ...{ prompt: 'login', client_id: rogue.client.clientId, redirect_uri: redirectUri, response_type: 'code' },
    ...{
      scope: 'openid profile email groups',
      state: one.pending.state,
      nonce: one.pending.nonce,
      code_challenge_method: 'S256',
    },
  })
  t.equal(new Set(sent.keys()).size, Array.from(sent.keys()).length, 'nothing is sent twice')
  for (const name of ['state', 'nonce', 'codeVerifier'] as const) {
    t.match(one.pending[name], /^[\w-]{43}$/)
    t.not(one.pending[name], two.pending[name])
  }
})

t.test('the pending login keeps what must come back, and whether the provider will name itself', async t => {
  const rogue = await startRogueProvider(t)
  const { pending } = await openDoor(t, rogue).begin({ ...wish(), attempt: 2, now: 1000 })
  t.match(pending, {
    provider: 'corp',
    issuer: rogue.issuer,
    issExpected: true,
    redirectUri,
    returnTo: '/',
    startedAt: 1000,
    attempt: 2,
  })
  rogue.misbehave('no-iss-parameter')
  t.match(await openDoor(t, rogue).begin(wish()), { pending: { issExpected: false } })
})

t.test('a code of one login does not finish another (PKCE and nonce bind it)', async t => {
  const rogue = await startRogueProvider(t)
  const door = openDoor(t, rogue)
  const [mine, theirs] = [await door.begin(wish()), await door.begin(wish())]
  const response = codeIn(await answersAtOnce(theirs.url))
  await t.rejects(door.finish({ response, pending: mine.pending, now: Date.now() }), {
    code: 'login-failed',
    message: /invalid_grant/,
  })
})

t.test('a login that began at another issuer is refused before anything is sent', async t => {
  const rogue = await startRogueProvider(t)
  const door = openDoor(t, rogue)
  const { url, pending } = await door.begin(wish())
  const response = codeIn(await answersAtOnce(url))
  await t.rejects(
    door.finish({ response, pending: { ...pending, issuer: 'https://before.example' }, now: Date.now() }),
    { code: 'login-failed' },
  )
  t.equal(rogue.calls.token, 0)
})

t.test('the provider session id of the ID token is kept', async t => {
  const rogue = await startRogueProvider(t)
  t.match(await signIn(openDoor(t, rogue)), { sid: 'session-1' })
})

t.test('logout is sent to the provider with hint, state and return address, and it sends the browser back', async t => {
  const [real, rogue] = [await startProvider(t), await startRogueProvider(t)]
  const postLogoutRedirectUri = `${rogue.issuer}/signed-out`
  await real.register([redirectUri], [postLogoutRedirectUri])
  const door = openDoor(t, real)
  const { tokens } = await signIn(door, visitorCalled('ann'))
  const url = await door.logoutUrl({ idTokenHint: tokens.idToken, postLogoutRedirectUri, state: 'bye' })
  const browser = openBrowser(real.issuer)
  const back = await browser.submit(await browser.visit(String(url)), { logout: 'yes' })
  t.equal(back.url, `${postLogoutRedirectUri}?state=bye`)
})

t.test('logout stays local when the provider has no such endpoint, is away, or is not to be asked', async t => {
  const rogue = await startRogueProvider(t)
  const farewell = { postLogoutRedirectUri: 'http://127.0.0.1:9/', state: 's' }
  t.equal(await openDoor(t, rogue, { logout: { rpInitiated: 'never' } }).logoutUrl(farewell), undefined)
  t.equal(rogue.calls.discovery, 0)
  rogue.misbehave({ metadata: ({ end_session_endpoint: _, ...rest }) => rest })
  t.equal(await openDoor(t, rogue).logoutUrl(farewell), undefined)
  await rogue.stop()
  t.equal(await openDoor(t, rogue).logoutUrl(farewell), undefined)
})
