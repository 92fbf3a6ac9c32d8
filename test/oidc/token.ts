// Steps 4 and 5 against a provider that lies: no token of its telling becomes a session.
import t from 'tap'
import { openDoor, signIn } from '../support/oidc.ts'
import { type Behaviour, claims, type Fault, failing, header, tokens } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const refused: readonly Fault[] = [
  ...([
    'invalid-iss',
    'missing-iss',
    'missing-sub',
    'invalid-aud',
    'missing-aud',
    'invalid-secondary-aud',
    'invalid-azp',
  ] as const),
  ...([
    'missing-iat',
    'missing-exp',
    'expired-exp',
    'future-iat',
    'future-nbf',
    'nonce-invalid',
    'nonce-missing',
  ] as const),
  ...([
    'invalid-athash',
    'missing-id-token',
    'idtoken-sig-none',
    'idtoken-sig-public-key-as-secret',
    'invalid-sig',
  ] as const),
  ...(['kid-unknown', 'short-rsa-key', 'encryption-key'] as const),
]

const accepted: readonly Fault[] = [
  ...([
    'valid-aud-as-array',
    'valid-secondary-aud',
    'kid-absent-single-jwks',
    'kid-absent-multiple-jwks',
    'odd-jwks',
  ] as const),
  ...(['signing-key-rotation-just-before-signing', 'userinfo-signed', 'pkce-plain-only'] as const),
]

for (const fault of refused) {
  t.test(`${fault}: the login fails before userinfo is asked`, async t => {
    const rogue = await startRogueProvider(t, { alg: fault === 'short-rsa-key' ? 'RS256' : 'ES256' })
    rogue.misbehave(fault)
    await t.rejects(signIn(openDoor(t, rogue)), { code: 'login-failed', message: /ID token|ID Token|JWT/ })
    t.match(rogue.calls, { token: 1, userinfo: 0 })
  })
}

for (const fault of accepted) {
  t.test(`${fault}: the login succeeds`, async t => {
    const rogue = await startRogueProvider(t)
    rogue.misbehave(fault)
    t.match(await signIn(openDoor(t, rogue)), { identity: { subject: 'subject-of-ann', user: 'ann' } })
  })
}

t.test(
  'signatures by RSA, elliptic curve and Edwards curve keys are accepted, but only those that are allowed',
  async t => {
    for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
      const rogue = await startRogueProvider(t, { alg })
      t.match(await signIn(openDoor(t, rogue, { idTokenAlgs: [alg] })), { identity: { user: 'ann' } }, alg)
      const idTokenAlgs = ['RS256', 'ES256', 'EdDSA'].filter(other => other !== alg)
      await t.rejects(
        signIn(openDoor(t, rogue, { idTokenAlgs })),
        { code: 'login-failed', message: /alg is not one/ },
        alg,
      )
    }
  },
)

t.test('none and HS256 are refused even where the configuration allows them (T-09)', async t => {
  for (const fault of ['idtoken-sig-none', 'idtoken-sig-public-key-as-secret'] as const) {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    rogue.misbehave(fault)
    await t.rejects(signIn(openDoor(t, rogue, { idTokenAlgs: ['none', 'HS256', 'ES256'] })), {
      message: /alg is not one/,
    })
  }
})

t.test('a subject that is not a short string is refused (T-27)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  for (const sub of [1, ['a'], {}, '', true, 'x'.repeat(10_000)]) {
    rogue.behave()
    rogue.misbehave(claims({ sub }))
    await t.rejects(signIn(door), { code: 'login-failed' }, JSON.stringify(sub).slice(0, 40))
  }
})

t.test('tokens that are no tokens are refused quickly (T-15)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  const odd = [
    7,
    '',
    'x',
    'a.b',
    'a.b.c',
    '.'.repeat(900_000),
    `${'a'.repeat(300_000)}.b.c`,
    'a.b.c.d.e',
    ['a'],
    { a: 1 },
    'bnVsbA.bnVsbA.bnVsbA',
  ]
  for (const id_token of odd) {
    rogue.behave()
    rogue.misbehave(tokens({ id_token }))
    const startedAt = performance.now()
    await t.rejects(signIn(door), { code: 'login-failed' }, String(id_token).slice(0, 20))
    t.ok(performance.now() - startedAt < 1500)
  }
})

t.test('a header that demands extensions is refused', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(header({ crit: ['b64'], b64: true }))
  await t.rejects(signIn(openDoor(t, rogue)), { code: 'login-failed' })
})

t.test('the token type may be written in any case, but must be Bearer', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  rogue.misbehave(tokens({ token_type: 'bEaReR' }))
  t.match(await signIn(door), { identity: { user: 'ann' } })
  for (const token_type of [undefined, 'DPoP', 'mac', 7]) {
    rogue.misbehave(tokens({ token_type }))
    await t.rejects(signIn(door), { code: 'login-failed' }, String(token_type))
  }
})

t.test('a login without a refresh token is a login', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(tokens({ refresh_token: undefined }))
  t.notOk('refreshToken' in (await signIn(openDoor(t, rogue))).tokens)
})

type Failure = { readonly code: string; readonly message?: RegExp; readonly retryAfterSeconds?: NumberConstructor }

const trouble: ReadonlyArray<readonly [string, Behaviour, Failure]> = [
  [
    'invalid_client',
    failing('token', 401, { error: 'invalid_client' }),
    { code: 'login-failed', message: /invalid_client/ },
  ],
  [
    'invalid_grant',
    failing('token', 400, { error: 'invalid_grant' }),
    { code: 'login-failed', message: /invalid_grant/ },
  ],
  [
    'use_dpop_nonce, which was not asked for',
    failing('token', 400, { error: 'use_dpop_nonce' }),
    { code: 'login-failed' },
  ],
  [
    'an error text that is none',
    failing('token', 400, { error: 'secret-4711 <b>' }),
    { code: 'login-failed', message: /not readable/ },
  ],
  [
    'an error object that is none',
    failing('token', 400, { error: { a: 1 } }),
    { code: 'login-failed', message: /status 400/ },
  ],
  ['no content', failing('token', 204), { code: 'login-failed' }],
  [
    'trouble that passes',
    failing('token', 400, { error: 'temporarily_unavailable' }),
    { code: 'provider-unavailable' },
  ],
  ['an inner failure', failing('token', 500), { code: 'provider-unavailable', retryAfterSeconds: Number }],
  ['too many requests', failing('token', 429), { code: 'provider-unavailable' }],
]

for (const [what, behaviour, failure] of trouble) {
  t.test(`a token endpoint that answers with ${what} (T-26)`, async t => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    rogue.misbehave(behaviour)
    await t.rejects(signIn(openDoor(t, rogue)), failure)
  })
}

t.test('a provider that is sent max_age and signs in whoever sat there long ago is not believed', async t => {
  const rogue = await startRogueProvider(t)
  const door = openDoor(t, rogue, { authorizationParams: { max_age: '60' } })
  await signIn(door)
  t.equal(rogue.seen.authorize?.get('max_age'), '60')
  const now = Math.floor(Date.now() / 1000)
  for (const auth_time of [undefined, 1, now - 120]) {
    rogue.behave()
    rogue.misbehave(claims({ auth_time }))
    await t.rejects(signIn(door), { code: 'login-failed', message: /auth_time/ }, String(auth_time))
    await signIn(openDoor(t, rogue))
  }
})
