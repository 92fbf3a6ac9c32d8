// A refresh against a provider that lies, forgets or is away: what becomes of the session's tokens and claims.
import t, { type Test } from 'tap'
import type { Session } from '../../src/core/session.ts'
import type { Refreshed } from '../../src/oidc/provider.ts'
import { session } from '../session/examples.ts'
import { type Door, openDoor, signIn, visitorCalled } from '../support/oidc.ts'
import { startProvider } from '../support/provider.ts'
import {
  type Behaviour,
  claims,
  type Fault,
  failing,
  garbled,
  hangingUp,
  header,
  huge,
  losing,
  redirecting,
  silent,
  tokens,
  userinfo,
} from '../support/rogue-faults.ts'
import { type Rogue, startRogueProvider } from '../support/rogue-provider.ts'

const minute = 60_000

/** The session of somebody who has just signed in. */
const signedIn = async (door: Door, visit?: Parameters<typeof signIn>[1]): Promise<Session> => {
  const now = Date.now()
  return { ...session('ann'), ...(await signIn(door, visit, now)), startedAt: now, seenAt: now }
}

/** Ann, signed in at the rogue, which from now on does `wrongs`. */
const world = async (t: Test, ...wrongs: readonly (Fault | Behaviour)[]) => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue, { timeoutMs: 500 })
  const ann = await signedIn(door)
  rogue.misbehave(...wrongs)
  return { rogue, door, ann, refresh: (who = ann) => door.refresh({ session: who, now: Date.now() }) }
}

function granted(refreshed: Refreshed): Extract<Refreshed, { kind: 'refreshed' }> {
  if (refreshed.kind !== 'refreshed') throw new Error(`${refreshed.kind}: ${refreshed.why}`)
  return refreshed
}

t.test('a real provider that rotates refreshes twice, each time with the newest token', async t => {
  const real = await startProvider(t, { accessTokenSeconds: 100 })
  await real.register(['http://127.0.0.1:9/_sallyport/callback'])
  const door = openDoor(t, real)
  const ann = await signedIn(door, visitorCalled('ann'))
  const now = Date.now()
  const first = granted(await door.refresh({ session: ann, now }))
  t.not(first.tokens.refreshToken, ann.tokens.refreshToken)
  t.not(first.tokens.accessToken, ann.tokens.accessToken)
  t.match(
    first.tokens,
    { accessTokenExpiresAt: now + 100_000, refreshAt: now + 80_000 },
    'with its own times (lesson 56)',
  )
  t.match(first.identity, { user: 'ann', groups: ['sre', 'staff'] })
  const second = granted(await door.refresh({ session: { ...ann, ...first }, now }))
  t.not(second.tokens.refreshToken, first.tokens.refreshToken)

  const { kind } = await door.refresh({ session: ann, now })
  t.equal(kind, 'over', 'a token that was used before is the end')
  t.equal((await door.refresh({ session: { ...ann, ...second }, now })).kind, 'over', 'of the newest one too')
})

t.test('the request has the grant, the token and the client, and no redirect URI (lesson 22)', async t => {
  const { rogue, refresh, ann } = await world(t)
  granted(await refresh())
  t.strictSame(Object.fromEntries(rogue.seen.token ?? []), {
    grant_type: 'refresh_token',
    refresh_token: ann.tokens.refreshToken,
  })
  t.match(rogue.seen.authorization, /^Basic /)
})

t.test('no new refresh token keeps the old one, a new one takes its place (lesson 54)', async t => {
  const silentAboutIt = await world(t, tokens({ refresh_token: undefined }))
  t.equal(granted(await silentAboutIt.refresh()).tokens.refreshToken, silentAboutIt.ann.tokens.refreshToken)
  const { refresh } = await world(t, tokens({ refresh_token: 'another' }))
  t.equal(granted(await refresh()).tokens.refreshToken, 'another')
})

t.test('without an ID token the claims and the old ID token stay (lesson 55)', async t => {
  const { refresh, ann } = await world(t, tokens({ id_token: undefined }))
  const { identity, tokens: renewed } = granted(await refresh())
  t.equal(renewed.idToken, ann.tokens.idToken)
  t.strictSame(identity, ann.identity)
  t.not(renewed.accessToken, ann.tokens.accessToken)
})

t.test('userinfo that was needed at login is asked again with the new access token (Z-03)', async t => {
  for (const idToken of [{}, { id_token: undefined }]) {
    const { rogue, refresh } = await world(t, tokens(idToken), userinfo({ groups: ['staff'] }))
    t.strictSame(granted(await refresh()).identity.groups, ['staff'])
    t.equal(rogue.calls.userinfo, 2)
  }
})

t.test('a group that the ID token names no more is gone (Z-03)', async t => {
  const mapped = { preferred_username: 'ann', email: 'ann@example.com', name: 'Ann' }
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(claims({ ...mapped, groups: ['sre'] }))
  const door = openDoor(t, rogue, { userinfo: 'never' })
  const ann = await signedIn(door)
  const after = async (wrong: Behaviour, who = ann) => {
    rogue.behave()
    rogue.misbehave(wrong)
    return granted(await door.refresh({ session: who, now: Date.now() }))
  }
  const demoted = await after(claims({ ...mapped, groups: ['staff'] }))
  t.strictSame(demoted.identity.groups, ['staff'])
  const bare = await after(claims({}), { ...ann, ...demoted })
  t.equal(bare.identity.user, 'ann', 'only the user name outlives its claim')
  t.match(bare.identity, { groups: [], email: undefined })
})

t.test('what only a login can say stays when a refreshed ID token leaves it out', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(claims({ acr: 'gold', amr: ['otp'] }))
  const door = openDoor(t, rogue)
  const ann = await signedIn(door)
  rogue.behave()
  rogue.misbehave(claims({ auth_time: undefined, nonce: undefined, sid: undefined }))
  const first = granted(await door.refresh({ session: ann, now: Date.now() }))
  const { auth_time, nonce, sid } = ann.identity.claims
  t.match(first.identity.claims, { acr: 'gold', amr: ['otp'], auth_time, nonce, sid })
  t.ok(auth_time && nonce && sid)
  rogue.misbehave(claims({ nonce: 'another' }))
  t.match(
    await door.refresh({ session: { ...ann, ...first }, now: Date.now() }),
    { kind: 'over', why: /nonce/ },
    'so that the next refresh is still held against the login',
  )
})

const untrue: ReadonlyArray<readonly [string, Fault | Behaviour, RegExp]> = [
  ['another signature', 'invalid-sig', /signature/],
  ['no signature (lesson 66)', 'idtoken-sig-none', /alg/],
  ['HS256 with the public key as the secret (lesson 66)', 'idtoken-sig-public-key-as-secret', /alg/],
  ['another subject', claims({ sub: 'subject-of-bob' }), /sub/],
  ['no subject', 'missing-sub', /./],
  ['another audience', 'invalid-aud', /./],
  ['an audience without azp', 'invalid-secondary-aud', /./],
  ['another party', 'invalid-azp', /./],
  ['another issuer', 'invalid-iss', /./],
  ['another nonce', claims({ nonce: 'another' }), /nonce/],
  ['a later authentication', { claims: given => ({ ...given, auth_time: Number(given.auth_time) + 1 }) }, /auth_time/],
  ['an end in the past', 'expired-exp', /./],
  ['another access token', 'invalid-athash', /at_hash/],
  ['a key of nobody', 'kid-unknown', /signature/],
  ['extensions', header({ crit: ['b64'], b64: true }), /./],
]

for (const [what, wrong, why] of untrue)
  t.test(`a refreshed ID token with ${what} ends the session (T-06)`, async t => {
    const { rogue, refresh } = await world(t, wrong)
    t.match(await refresh(), { kind: 'over', why })
    t.equal(rogue.calls.userinfo, 1, 'and nothing more is asked')
  })

t.test('the original audience must be there again, whatever else is (T-06)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave('valid-secondary-aud')
  const door = openDoor(t, rogue)
  const ann = await signedIn(door)
  t.equal((await door.refresh({ session: ann, now: Date.now() })).kind, 'refreshed')
  const again = await signedIn(door)
  rogue.behave()
  t.match(await door.refresh({ session: again, now: Date.now() }), { kind: 'over', why: /aud/ })
})

t.test('userinfo of somebody else ends the session', async t => {
  const { refresh } = await world(t, userinfo({ sub: 'subject-of-bob' }))
  t.match(await refresh(), { kind: 'over', why: /sub/ })
})

const noMore: ReadonlyArray<readonly [string, Behaviour]> = [
  ...['invalid_grant', 'interaction_required', 'login_required', 'consent_required'].map(
    error => [error, failing('token', 400, { error })] as const,
  ),
  ['an answer without an access token', tokens({ access_token: undefined })],
  ['an answer that is an error with status 200', failing('token', 200, { error: 'bad_refresh_token' })],
  ['a token that is bound to a key of somebody', tokens({ token_type: 'DPoP' })],
  ['a token of an unknown type', tokens({ token_type: 'mac' })],
]

for (const [what, wrong] of noMore)
  t.test(`${what} ends the session (S-28)`, async t => {
    const { refresh, ann } = await world(t, wrong)
    const refreshed = await refresh()
    t.equal(refreshed.kind, 'over')
    t.notMatch(JSON.stringify(refreshed), String(ann.tokens.refreshToken))
  })

const passing: ReadonlyArray<readonly [string, Behaviour]> = [
  ['never answers', silent('token')],
  ['hangs up', hangingUp('token')],
  ['answers 500', failing('token', 500)],
  ['answers 503', failing('token', 503)],
  ['answers 429', failing('token', 429)],
  ['says that it is away', failing('token', 400, { error: 'temporarily_unavailable' })],
  ['does not know the client any more', failing('token', 401, { error: 'invalid_client' })],
  ['sends a page', garbled('token')],
  ['redirects', redirecting('token', 'http://127.0.0.1:9/')],
  ['sends no end', huge('token')],
]

for (const [what, wrong] of passing)
  t.test(`a token endpoint that ${what} leaves the session as it is`, async t => {
    const { refresh, ann } = await world(t, wrong)
    const refreshed = await refresh()
    t.equal(refreshed.kind, 'unavailable')
    t.notMatch(JSON.stringify(refreshed), String(ann.tokens.refreshToken))
  })

t.test('userinfo in trouble costs neither the new tokens nor the claims (lesson 59)', async t => {
  for (const wrong of [
    failing('userinfo', 500),
    failing('userinfo', 403),
    failing('userinfo', 401),
    silent('userinfo'),
  ]) {
    const { rogue, refresh, ann } = await world(t, wrong)
    const { tokens: renewed, identity } = granted(await refresh())
    t.not(renewed.refreshToken, ann.tokens.refreshToken)
    const [{ claims: now, ...who }, { claims: before, ...whoBefore }] = [identity, ann.identity]
    t.strictSame([who, Object.keys(now).sort()], [whoBefore, Object.keys(before).sort()])
    rogue.behave()
    granted(await refresh({ ...ann, tokens: renewed }))
  }
})

t.test('whoever came in by the ID token alone is who it says, however userinfo fails since then (Z-03)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue, { timeoutMs: 500 })
  rogue.misbehave(failing('userinfo', 401), claims({ groups: ['sre', 'staff'] }))
  let ann = await signedIn(door)
  t.strictSame(ann.identity.groups, ['sre', 'staff'])
  for (const [groups, status] of [
    [['staff'], 401],
    [['staff', 'new'], 500],
    [undefined, 403],
    [['sre'], 401],
  ] as const) {
    rogue.behave()
    rogue.misbehave(failing('userinfo', status), claims({ groups }))
    ann = { ...ann, ...granted(await door.refresh({ session: ann, now: Date.now() })) }
    t.strictSame(ann.identity.groups, groups ?? [], `${groups} with ${status}`)
  }
})

t.test('while userinfo is away the ID token still says what it says, and the rest stays (Z-03)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  for (const status of [401, 503]) {
    rogue.behave()
    rogue.misbehave(claims({ groups: ['sre'] }), userinfo({ department: 'ops', groups: ['never'] }))
    const ann = await signedIn(door)
    t.match(ann.identity, { groups: ['sre'], claims: { department: 'ops' } })
    rogue.behave()
    rogue.misbehave(failing('userinfo', status), claims({ groups: [] }))
    const { identity } = granted(await door.refresh({ session: ann, now: Date.now() }))
    t.match(identity, { groups: [], email: 'ann@example.com', emailVerified: true, claims: { department: 'ops' } })
    t.strictSame(identity.groups, [])
  }
})

t.test('keys that cannot be had cost neither the new tokens nor the claims, and prove nothing', async t => {
  const { rogue, refresh, ann } = await world(t, claims({ groups: ['admin'] }), failing('jwks', 503))
  rogue.rotateKeys()
  const { tokens: renewed, identity } = granted(await refresh())
  t.not(renewed.refreshToken, ann.tokens.refreshToken)
  t.equal(renewed.idToken, ann.tokens.idToken, 'the one that nobody verified is not kept')
  t.strictSame(identity.groups, ['sre', 'staff'])
})

t.test('a provider that is discovered no more leaves the session as it is', async t => {
  const { door: _, ann, rogue } = await world(t)
  await rogue.stop()
  const stranger = openDoor(t, rogue)
  t.match(await stranger.refresh({ session: ann, now: Date.now() }), { kind: 'unavailable' })
})

t.test('an answer that was lost is followed by a no, and both are told (lesson 53)', async t => {
  const { rogue, refresh } = await world(t, losing('token'))
  t.equal((await refresh()).kind, 'unavailable')
  rogue.behave()
  t.match(await refresh(), { kind: 'over', why: /invalid_grant/ })
})

t.test(
  'an end that is not told, or not to be believed, is asked for again in less than an hour (lesson 44)',
  async t => {
    for (const expires_in of [undefined, 0, -1, 'soon']) {
      const { refresh } = await world(t, tokens({ expires_in }))
      const now = Date.now()
      const { tokens: renewed } = granted(await refresh())
      t.equal(renewed.accessTokenExpiresAt, undefined)
      t.ok(Number(renewed.refreshAt) - now < 60 * minute && Number(renewed.refreshAt) > now)
    }
  },
)

t.test('a login without a refresh token has no time for one', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(tokens({ refresh_token: undefined }))
  t.notOk('refreshAt' in (await signedIn(openDoor(t, rogue))).tokens)
})

t.test('no token, secret or claim is in the log or in what is told (lesson 107)', async t => {
  const rogue: Rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  const ann = await signedIn(door)
  const { tokens: renewed } = granted(await door.refresh({ session: ann, now: Date.now() }))
  const written = JSON.stringify(door.log.lines)
  for (const secret of [...Object.values(ann.tokens), ...Object.values(renewed), rogue.client.clientSecret])
    if (typeof secret === 'string') t.notOk(written.includes(secret))
})

t.test(
  'a group that the new ID token leaves out is gone, although userinfo, which said something else, is not to be had (Z-03)',
  async t => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    const door = openDoor(t, rogue)
    rogue.misbehave(claims({ groups: ['admin'] }), userinfo({ department: 'ops', groups: undefined }))
    let ann = await signedIn(door)
    t.strictSame(ann.identity.groups, ['admin'])
    for (let round = 0; round < 2; round++) {
      rogue.behave()
      rogue.misbehave(failing('userinfo', 401), claims({ groups: undefined }))
      ann = { ...ann, ...granted(await door.refresh({ session: ann, now: Date.now() })) }
      t.strictSame(ann.identity.groups, [])
      t.equal(ann.identity.claims.department, 'ops', 'what only userinfo said stays')
    }
  },
)
