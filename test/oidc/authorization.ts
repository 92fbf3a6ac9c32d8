// Step 1, the user authentication request: what leaves with the browser, and what stays here to be compared.
import t from 'tap'
import { openDoor, redirectUri, wish } from '../support/oidc.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

t.test('what is sent to the provider is ours alone, and new for every login (lesson 8, C-02, C-14)', async t => {
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
  t.notOk(one.url.href.includes(one.pending.codeVerifier), 'the state names the login, and carries nothing')
})

t.test('only who wants the answer as a form asks for it, and the login remembers that', async t => {
  const rogue = await startRogueProvider(t)
  const usual = await openDoor(t, rogue).begin(wish())
  t.notOk(usual.url.searchParams.has('response_mode'))
  t.equal(usual.pending.responseMode, 'query')
  const form = await openDoor(t, rogue, { responseMode: 'form_post' }).begin(wish())
  t.equal(form.url.searchParams.get('response_mode'), 'form_post')
  t.equal(form.pending.responseMode, 'form_post')
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
