// Discovery in good and bad times: judged to the letter, kept when it was good, tried again when it was not.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { openDoor, redirectUri, settingsFor, signIn, visitorCalled, wish } from '../support/oidc.ts'
import { startProvider } from '../support/provider.ts'
import { type Behaviour, failing, garbled, metadata } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const hour = 60 * 60_000

t.test(
  'a provider that is down at the start is found as soon as it is there, without being asked (lesson 79)',
  async t => {
    const real = await startProvider(t)
    await real.register([redirectUri])
    await real.stop()
    const door = openDoor(t, real)
    t.same(door.status(), { ready: false, why: 'discovery has not finished yet' })
    door.warmUp()
    await t.rejects(door.begin(wish()), { code: 'provider-unavailable', retryAfterSeconds: Number })
    t.match(door.status(), { ready: false, why: /ECONNREFUSED/ })
    await real.restart()
    while (!door.status().ready) await pause(50)
    t.match(await signIn(door, visitorCalled('ann')), { identity: { user: 'ann' } })
  },
)

t.test('between two attempts a login is answered at once, with the time to come back', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(failing('discovery', 503))
  const door = openDoor(t, rogue)
  for (let times = 0; times < 10; times++) {
    const failure = await door.begin(wish()).catch(error => error)
    t.match(failure, { code: 'provider-unavailable', message: /503/ })
    t.ok(failure.retryAfterSeconds >= 1 && failure.retryAfterSeconds <= 30)
  }
  t.equal(rogue.calls.discovery, 1)
})

t.test('a login before discovery has ended waits for it, and many wait for the same one', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  door.warmUp()
  await Promise.all(Array.from({ length: 10 }, () => door.begin(wish())))
  t.equal(rogue.calls.discovery, 1)
  t.same(door.status(), { ready: true })
})

t.test('a closed door tries no more', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(failing('discovery', 503))
  const door = openDoor(t, rogue)
  await door.begin(wish()).catch(() => undefined)
  await door.close()
  await pause(1100)
  t.equal(rogue.calls.discovery, 1)
})

const mismatches = ['issuer-mismatch', 'issuer-with-slash'] as const

for (const fault of mismatches) {
  t.test(`${fault}: nobody is sent there (lesson 77)`, async t => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    rogue.misbehave(fault)
    const door = openDoor(t, rogue)
    await t.rejects(door.begin(wish()), { code: 'login-failed', message: /equal to the letter/ })
    t.match(door.status(), { ready: false, why: /issuer/ })
    t.equal(rogue.calls.authorize, 0)
  })
}

t.test('an issuer that is configured with a slash at its end is looked up where the specification says', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave('issuer-with-slash')
  const door = openDoor(t, { ...rogue, issuer: `${rogue.issuer}/` })
  t.match(await door.begin(wish()), { pending: { issuer: `${rogue.issuer}/` } })
})

const unusable: Readonly<Record<string, Behaviour>> = {
  'no authorization endpoint': metadata({ authorization_endpoint: undefined }),
  'no token endpoint': metadata({ token_endpoint: undefined }),
  'no jwks_uri': metadata({ jwks_uri: undefined }),
  'an endpoint that is no URL': metadata({ token_endpoint: 'token' }),
  'an endpoint that is no text': metadata({ userinfo_endpoint: ['https://x.example'] }),
  'a jwks_uri over plain http beyond this machine': metadata({ jwks_uri: 'http://169.254.169.254/' }),
  'an endpoint of another scheme': metadata({ authorization_endpoint: 'javascript:alert(1)' }),
  'an endpoint with a user name': metadata({ token_endpoint: 'https://login.example@evil.example/' }),
  'an endpoint with a fragment': metadata({ end_session_endpoint: 'https://login.example/#x' }),
}

for (const [what, fault] of Object.entries(unusable)) {
  t.test(`metadata with ${what} is refused`, async t => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    rogue.misbehave(fault)
    await t.rejects(openDoor(t, rogue).begin(wish()), { code: 'login-failed', message: /the metadata/ })
  })
}

t.test('what is no metadata is a provider that is away', async t => {
  for (const fault of [
    failing('discovery', 404),
    garbled('discovery'),
    garbled('discovery', '[]'),
    garbled('discovery', '{}'),
  ]) {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    rogue.misbehave(fault)
    await t.rejects(openDoor(t, rogue).begin(wish()), { code: 'provider-unavailable' })
  }
})

t.test('good metadata is renewed every hour, and survives every failure to renew it (lesson 80)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  const now = Date.now()
  await door.begin({ ...wish(), now })
  await door.begin({ ...wish(), now: now + hour - 1 })
  t.equal(rogue.calls.discovery, 1)
  for (const [times, fault] of [
    failing('discovery', 500),
    garbled('discovery'),
    'issuer-mismatch' as const,
  ].entries()) {
    rogue.behave()
    rogue.misbehave(fault)
    t.ok(await door.begin({ ...wish(), now: now + (times + 1) * hour }))
    t.equal(rogue.calls.discovery, 2 + times)
    t.same(door.status(), { ready: true })
  }
  rogue.behave()
  rogue.misbehave(metadata({ authorization_endpoint: `${rogue.issuer}/moved` }))
  t.match(await door.begin({ ...wish(), now: now + 9 * hour }), { url: { pathname: '/moved' } })
})

t.test('a provider that announces PKCE without S256 is warned about, and S256 is sent all the same (C-06)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave('pkce-plain-only')
  const door = openDoor(t, rogue)
  const { url } = await door.begin(wish())
  t.equal(url.searchParams.get('code_challenge_method'), 'S256')
  t.match(door.log.lines, [{ level: 'warn', text: /S256/ }])
})

t.test('a provider that announces no answers as forms is warned about, and asked for one all the same', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(metadata({ response_modes_supported: ['query'] }))
  const door = openDoor(t, rogue, { responseMode: 'form_post' })
  const { url } = await door.begin(wish())
  t.equal(url.searchParams.get('response_mode'), 'form_post')
  t.match(door.log.lines, [{ level: 'warn', text: /response modes/ }])
})

t.test('plain http to another machine needs the long word (X-05)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(metadata({ end_session_endpoint: 'http://login.example/logout' }))
  await t.rejects(openDoor(t, rogue).begin(wish()), { code: 'login-failed' })
  t.ok(await openDoor(t, rogue, { dangerouslyAllowHttpProvider: true }).begin(wish()))
  const far = { ...settingsFor(rogue), issuer: 'http://login.example' }
  await t.rejects(openDoor(t, rogue, far).begin(wish()), {
    code: 'provider-unavailable',
    message: /HTTP_REQUEST_FORBIDDEN/,
  })
})
