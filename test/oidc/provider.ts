// The whole login at a real provider: node-oidc-provider in its own process.
import t from 'tap'
import { readAuthorizationResponse } from '../../src/core/pending-login.ts'
import { openBrowser } from '../support/browser.ts'
import {
  answersAtOnce,
  codeIn,
  openDoor,
  redirectUri,
  settingsFor,
  signIn,
  visitorCalled,
  wish,
} from '../support/oidc.ts'
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

t.test('a code of one login does not finish another (PKCE and nonce bind it) (C-09)', async t => {
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
  t.equal(
    await openDoor(t, rogue, { logout: { ...settingsFor(rogue).logout, rpInitiated: 'never' } }).logoutUrl(farewell),
    undefined,
  )
  t.equal(rogue.calls.discovery, 0)
  rogue.misbehave({ metadata: ({ end_session_endpoint: _, ...rest }) => rest })
  t.equal(await openDoor(t, rogue).logoutUrl(farewell), undefined)
  await rogue.stop()
  t.equal(await openDoor(t, rogue).logoutUrl(farewell), undefined)
})
