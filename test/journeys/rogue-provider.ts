import t from 'tap'
import { type GateOptions, startGateAt } from '../support/gate.ts'
import {
  type Behaviour,
  claims,
  dripping,
  type Fault,
  failing,
  garbled,
  huge,
  redirecting,
  refuses,
  silent,
} from '../support/rogue-faults.ts'
import { type Rogue, startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGateAt>[0]

/** A gateway whose one provider is the rogue; `userinfo: always`, so that every one of its answers counts. */
const world = async (t: Tap, rogue: Rogue, settings: GateOptions['settings'] = {}) => {
  const upstream = await startUpstream(t)
  const running = await startGateAt(t, {
    provider: rogue,
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
    settings: {
      providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, userinfo: 'always', timeout: '500ms' }],
      ...settings,
    },
  })
  return { ...running, upstream }
}

type Case = readonly [what: string, wrong: Fault | Behaviour, status: number, logged: RegExp]

const odd = (sub: unknown): Behaviour => claims({ sub })

/** What the token endpoint and the userinfo endpoint may do wrong: each a page, a line in the log, and no session. */
const cases: readonly Case[] = [
  ['a wrong signature', 'invalid-sig', 502, /ID token.*signature/],
  ['no signature (T-09)', 'idtoken-sig-none', 502, /ID token.*alg/],
  ['HS256 with the public key as the secret (T-09)', 'idtoken-sig-public-key-as-secret', 502, /ID token.*alg/],
  ['another nonce', 'nonce-invalid', 502, /nonce/],
  ['no nonce', 'nonce-missing', 502, /nonce/],
  ['another audience', 'invalid-aud', 502, /\baud\b/],
  ['no audience (T-17)', 'missing-aud', 502, /\baud\b/],
  ['a strange second audience', 'invalid-secondary-aud', 502, /\baud\b/],
  ['another issuer', 'invalid-iss', 502, /\biss\b/],
  ['no issuer', 'missing-iss', 502, /\biss\b/],
  ['an expired token', 'expired-exp', 502, /\bexp\b|expired/],
  ['no expiry (T-17)', 'missing-exp', 502, /\bexp\b/],
  ['no time of issue (T-17)', 'missing-iat', 502, /\biat\b/],
  ['a time of issue in the future', 'future-iat', 502, /iat lies in the future/],
  ['no subject', 'missing-sub', 502, /\bsub\b/],
  ['an empty subject', odd(''), 502, /\bsub\b/],
  ['a subject that is a number (T-27)', odd(1), 502, /\bsub\b/],
  ['a subject that is a list', odd(['subject-of-ann']), 502, /\bsub\b/],
  ['an endless subject', odd('x'.repeat(256)), 502, /\bsub\b/],
  ['an access token that is not the one in at_hash', 'invalid-athash', 502, /at_hash/],
  ['no ID token', 'missing-id-token', 502, /no ID token/],
  ['userinfo of somebody else', 'userinfo-invalid-sub', 502, /userinfo.*sub/],
  ['userinfo of nobody (T-18)', 'userinfo-missing-sub', 502, /userinfo.*sub/],
  ['userinfo that is a list (T-18)', 'userinfo-array', 502, /userinfo.*not a JSON object/],
  ['userinfo that is no JSON', garbled('userinfo'), 502, /userinfo/],
  ['a token endpoint that answers with a page (T-26)', garbled('token'), 502, /JSON/],
  [
    'a token endpoint that redirects (X-11)',
    redirecting('token', 'http://127.0.0.1:9/elsewhere'),
    502,
    /never followed/,
  ],
  ['a token endpoint that says no', failing('token', 400, { error: 'invalid_grant' }), 502, /invalid_grant/],
  ['a token endpoint in trouble', failing('token', 503), 503, /status 503/],
  ['a token endpoint that never answers (T-26)', silent('token'), 503, /token gave no answer/],
  ['a token endpoint that answers for ever', dripping('token'), 503, /token gave no answer/],
  ['a token endpoint with an endless answer (D-14, T-26)', huge('token'), 502, /more than 1 MiB/],
]

t.test('what the provider must not say never becomes a session', async t => {
  const rogue = await startRogueProvider(t)
  const { gate, newBrowser, upstream } = await world(t, rogue)

  for (const [what, wrong, status, logged] of cases)
    await t.test(what, async t => {
      rogue.behave()
      rogue.misbehave(wrong)
      const browser = newBrowser()
      const page = await browser.visit('/reports')
      t.equal(page.status, status)
      t.match(page.url, /\/_sallyport\/callback\?/, 'the way ends at the callback')
      t.match(page.body, '/_sallyport/login?return_to=%2Freports', 'with a way to start again')
      t.equal(page.headers['cache-control'], 'no-store')
      t.equal(browser.cookies('/'), undefined, 'and without a cookie')
      t.equal((await browser.fetch('/')).status, 401)

      const line = gate.lines.findLast(({ msg }) => msg === 'login failed')
      t.match(line?.error, logged)
      t.match(page.body, String(line?.request), 'the page quotes the line')
      for (const secret of [...(rogue.seen.token?.values() ?? []), rogue.client.clientSecret, 'eyJ']) {
        if (secret === 'authorization_code' || secret.startsWith('http')) continue
        t.notOk(JSON.stringify(gate.lines).includes(secret), 'no code, verifier, secret or token in the log')
        t.notOk(page.body.includes(secret), 'nor on the page')
      }
    })

  rogue.behave()
  t.equal((await newBrowser().visit('/')).status, 200, 'and when it behaves, people come in')
  t.equal(upstream.requests.length, 1, 'the upstream has seen nothing before that')
})

t.test('an answer from another provider is refused before the code is spent (C-07, RFC 9207)', async t => {
  const rogue = await startRogueProvider(t)
  const { gate, newBrowser, upstream } = await world(t, rogue)
  const twice: Behaviour = { redirect: params => params.append('iss', rogue.issuer) }
  for (const [what, wrong, code] of [
    ['another name', 'invalid-authorization-response-iss', 'login-mixed-up'],
    ['no name, though it was announced', 'remove-authorization-response-iss', 'login-mixed-up'],
    ['its name twice', twice, 'login-unknown'],
  ] as const) {
    rogue.behave()
    rogue.misbehave(wrong)
    const browser = newBrowser()
    const page = await browser.visit('/')
    t.equal(page.status, 400, what)
    t.match(
      gate.lines.findLast(({ msg }) => msg === 'login refused'),
      { failure: code },
      what,
    )
    t.equal((await browser.fetch('/')).status, 401, what)
  }
  t.equal(rogue.calls.token, 0)
  t.equal(upstream.requests.length, 0)
})

t.test('a provider that does not announce its name need not name itself', async t => {
  const rogue = await startRogueProvider(t)
  rogue.misbehave('no-iss-parameter')
  const { browser } = await world(t, rogue)
  t.equal((await browser.visit('/')).status, 200)
})

t.test('a no of the provider is shown once and never asked again (lesson 13, C-19)', async t => {
  const rogue = await startRogueProvider(t)
  const { gate, newBrowser } = await world(t, rogue)
  for (const error of ['access_denied', 'login_required', 'consent_required', 'server_error', '<script>']) {
    rogue.behave()
    rogue.misbehave(refuses(error))
    const before = rogue.calls.authorize
    const browser = newBrowser()
    const page = await browser.visit('/')
    t.equal(page.status, 403, error)
    t.equal(rogue.calls.authorize, before + 1, 'it was asked once')
    t.notMatch(page.body, error, 'what stood in the address is not on the page')
    t.equal(browser.cookies('/'), undefined)
    const said = error === '<script>' ? 'unknown_error' : error
    t.match(gate.lines.findLast(({ msg }) => msg === 'login refused')?.found, said)
  }
  t.equal(rogue.calls.token, 0)
})

t.test(
  'passing trouble at the provider sends the browser round again, three times at the most (lesson 12)',
  async t => {
    const rogue = await startRogueProvider(t)
    const { newBrowser } = await world(t, rogue)
    rogue.misbehave(refuses('temporarily_unavailable'))
    const page = await newBrowser().visit('/')
    t.equal(page.status, 403)
    t.equal(rogue.calls.authorize, 3)

    let refusals = 2
    rogue.behave()
    rogue.misbehave({
      redirect(params) {
        if (refusals-- > 0) refuses('temporarily_unavailable').redirect?.(params)
      },
    })
    const arrived = await newBrowser().visit('/a?b=c')
    t.match(arrived, { status: 200, url: /\/a\?b=c$/ }, 'the third try arrives where the first one wanted to go')

    const stranger = await newBrowser().visit('/_sallyport/callback?error=temporarily_unavailable&state=unknown')
    t.equal(stranger.status, 400, 'an unknown login is not begun again')
  },
)

t.test('new keys right before signing are found at once (lesson 61)', async t => {
  const rogue = await startRogueProvider(t)
  const { newBrowser } = await world(t, rogue)
  t.equal((await newBrowser().visit('/')).status, 200)
  rogue.misbehave('signing-key-rotation-just-before-signing')
  t.equal((await newBrowser().visit('/')).status, 200)
})

t.test(
  'metadata that belongs to another issuer, or to no good provider, begins no login (lesson 77, T-22)',
  async t => {
    for (const [what, wrong, status, logged] of [
      ['another issuer', 'issuer-mismatch', 502, /issuer/],
      ['a slash more', 'issuer-with-slash', 502, /issuer/],
      ['no JSON', garbled('discovery'), 503, /discovery/],
      ['no answer', silent('discovery'), 503, /discovery/],
      ['an endless answer', huge('discovery'), 503, /1 MiB/],
      ['a redirect', redirecting('discovery', 'http://127.0.0.1:9/'), 503, /never followed/],
    ] as const)
      await t.test(what, async t => {
        const rogue = await startRogueProvider(t)
        rogue.misbehave(wrong)
        const { gate, browser, upstream } = await world(t, rogue)
        const page = await browser.visit('/')
        t.equal(page.status, status)
        t.match(page.url, '/_sallyport/login')
        t.match(JSON.stringify(gate.lines.filter(({ level }) => level !== 'info')), logged)
        t.notOk(page.body.includes(rogue.issuer), 'the page does not tell where the provider is')
        t.equal(rogue.calls.authorize + upstream.requests.length, 0)
      })
  },
)
