// The demo's identity provider without a browser: its forms work by plain HTTP, and its tokens say who it was.
import { createHash } from 'node:crypto'
import t from 'tap'
import { startDemoProvider } from '../../src/demo/provider.ts'
import { openBrowser } from '../support/browser.ts'
import { startSite } from '../support/site.ts'

const verifier = 'a-verifier-that-is-long-enough-for-the-standard-0123456789'
const client = { clientId: 'demo', clientSecret: 'a-secret-that-only-this-test-knows' }

t.test('a click on a person signs in, asks for no consent, and userinfo says who it was', async t => {
  const { issuer, redirectUri, browser } = await started(t)
  const form = await browser.visit(authorizationUrl(issuer, redirectUri))
  t.match(form.body, /Ann Archer.*Bob Barber.*Eve Everett/s)
  const back = new URL((await browser.submit(form, { login: 'ann' })).url)
  t.equal(back.origin + back.pathname, redirectUri)
  t.match(Object.fromEntries(back.searchParams), { state: 'the-state', iss: issuer, code: /^.{20,}$/ })
  const tokens = await redeem(issuer, redirectUri, back.searchParams.get('code') ?? '')
  const userinfo = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  t.match(await userinfo.json(), {
    sub: 'ann',
    preferred_username: 'ann',
    name: 'Ann Archer',
    email: 'ann@example.com',
    email_verified: true,
    groups: ['staff', 'sre'],
  })
})

t.test('a name that nobody has is told so, harmlessly, and may be typed again', async t => {
  const { issuer, redirectUri, browser } = await started(t)
  const form = await browser.visit(authorizationUrl(issuer, redirectUri))
  const again = await browser.submit(form, { login: '<b>mallory' })
  t.match(again.body, 'There is nobody called “&lt;b&gt;mallory” here.')
  t.match((await browser.submit(again, { login: 'eve', password: 'x' })).url, `${redirectUri}?code=`)
})

t.test('whoever is signed in is not asked again, until signed out', async t => {
  const { issuer, redirectUri, signedOutUri, browser } = await started(t)
  const first = new URL(
    (await browser.submit(await browser.visit(authorizationUrl(issuer, redirectUri)), { login: 'bob' })).url,
  )
  t.match((await browser.visit(authorizationUrl(issuer, redirectUri))).url, `${redirectUri}?code=`)
  const { id_token } = await redeem(issuer, redirectUri, first.searchParams.get('code') ?? '')
  const leaving = new URLSearchParams({ id_token_hint: id_token, post_logout_redirect_uri: signedOutUri, state: 'bye' })
  const goodbye = await browser.visit(`${issuer}/session/end?${leaving}`)
  t.match(goodbye.body, 'Signing you out')
  t.equal((await browser.submit(goodbye)).url, `${signedOutUri}?state=bye`)
  t.match((await browser.visit(authorizationUrl(issuer, redirectUri))).body, 'Ann Archer')
})

t.test('a sign-out that no client vouches for is asked about, not done at once', async t => {
  const { issuer, redirectUri, browser } = await started(t)
  await browser.submit(await browser.visit(authorizationUrl(issuer, redirectUri)), { login: 'bob' })
  const question = await browser.visit(`${issuer}/session/end`)
  t.match(question.body, '<h1>Sign out?</h1>')
  t.notMatch(question.body, '<script')
})

t.test('a request without PKCE is refused', async t => {
  const { issuer, redirectUri, browser } = await started(t)
  const url = new URL(authorizationUrl(issuer, redirectUri))
  url.searchParams.delete('code_challenge')
  url.searchParams.delete('code_challenge_method')
  t.match((await browser.visit(url.href)).url, 'error=invalid_request')
})

t.test('an unknown client, and a sign-in that is over, get a page that says so', async t => {
  const { issuer, redirectUri, browser } = await started(t)
  const unknown = await browser.visit(`${issuer}/auth?client_id=other`)
  t.match(unknown, { status: 400, body: /invalid_client/ })
  const over = await browser.visit(`${issuer}/interaction/nothing`)
  t.match(over, { status: 400, body: '<h1>This sign-in is over</h1>' })
  t.match(over.body, `href="${new URL('/', redirectUri).href}"`, 'and a way out of it')
})

t.test('it prints nothing', async t => {
  const printed = (['log', 'info', 'warn', 'error'] as const).map(word => t.capture(console, word))
  const { issuer, redirectUri, browser } = await started(t)
  await browser.submit(await browser.visit(authorizationUrl(issuer, redirectUri)), { login: 'ann' })
  t.same(
    printed.map(calls => calls()),
    [[], [], [], []],
  )
})

async function started(t: { teardown(end: () => unknown): void } & Parameters<typeof startSite>[0]) {
  const site = await startSite(t, (_request, response) => response.end('back'))
  const redirectUri = `${site.origin}/callback`
  const signedOutUri = `${site.origin}/signed-out`
  const provider = await startDemoProvider({
    ...client,
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [signedOutUri],
  })
  t.teardown(() => provider.close())
  return { issuer: provider.issuer, redirectUri, signedOutUri, browser: openBrowser(site.origin) }
}

const authorizationUrl = (issuer: string, redirectUri: string): string =>
  `${issuer}/auth?${new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile email groups',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })}`

async function redeem(issuer: string, redirectUri: string, code: string) {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  })
  return (await response.json()) as { access_token: string; id_token: string }
}
