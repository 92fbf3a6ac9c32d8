// Steps 6 and 7: when userinfo is asked, what it may add, and what it may never change.
import t from 'tap'
import type { ProviderConfig } from '../../src/core/settings.ts'
import { mergeClaims } from '../../src/oidc/userinfo.ts'
import { openDoor, signIn } from '../support/oidc.ts'
import {
  type Behaviour,
  claims,
  type Fault,
  failing,
  garbled,
  hangingUp,
  metadata,
  redirecting,
  signedUserinfo,
  silent,
  userinfo,
} from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const mapped = { preferred_username: 'ann-of-the-token', email: 'token@example.com', groups: ['token'], name: 'Token' }

t.test('auto asks only when a claim that somebody reads is missing, always asks always, never asks never', async t => {
  const asked = async (
    mode: 'auto' | 'always' | 'never',
    behaviour: Behaviour,
    wanted: Partial<ProviderConfig> = {},
  ) => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    rogue.misbehave(behaviour)
    await signIn(openDoor(t, rogue, { userinfo: mode, ...wanted }))
    return rogue.calls.userinfo
  }
  const complete = claims(mapped)
  const { groups: _, ...incomplete } = mapped
  t.equal(await asked('auto', complete), 0)
  t.equal(await asked('auto', claims(incomplete)), 1)
  t.equal(await asked('auto', metadata({ userinfo_endpoint: undefined })), 0)
  t.equal(await asked('always', complete), 1)
  t.equal(await asked('never', claims({})), 0)
  const inPolicies = { wantedClaims: ['department', 'realm_access.roles'] }
  t.equal(await asked('auto', complete, inPolicies), 1, 'a claim that only a policy or a header names')
  t.equal(
    await asked('auto', claims({ ...mapped, department: 'ops', realm_access: { roles: [] } }), inPolicies),
    0,
    'both are there',
  )
})

t.test(
  'the ID token is believed before userinfo, and claims of the protocol come from it alone (lesson 72)',
  async t => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    const forged = {
      iss: 'https://evil.example',
      aud: 'evil',
      exp: 1,
      nonce: 'evil',
      acr: 'gold',
      amr: ['mfa'],
      azp: 'evil',
      sid: 'evil',
      auth_time: 1,
      jti: 'evil',
    }
    rogue.misbehave(
      claims({ name: 'Ann of the Token' }),
      userinfo({ ...forged, name: 'Somebody Else', department: 'ops' }),
    )
    const { identity, sid } = await signIn(openDoor(t, rogue))
    t.match(identity, {
      issuer: rogue.issuer,
      name: 'Ann of the Token',
      user: 'ann',
      claims: { department: 'ops', aud: 'sally port' },
    })
    for (const name of ['acr', 'amr', 'azp', 'jti']) t.notOk(name in identity.claims, name)
    t.equal(sid, 'session-1')
  },
)

t.test('an e-mail address of the ID token is not verified by what userinfo says of another', async t => {
  const token = { sub: 'ann', email: 'boss@example.com' }
  t.notOk('email_verified' in mergeClaims(token, { email: 'ann@example.com', email_verified: true }))
  t.match(mergeClaims(token, { email: 'boss@example.com', email_verified: true }), { email_verified: true })
  t.match(mergeClaims({ sub: 'ann' }, { email: 'ann@example.com', email_verified: true }), { email_verified: true })
})

const lies: readonly (Fault | Behaviour)[] = [
  ...(['userinfo-invalid-sub', 'userinfo-missing-sub', 'userinfo-array'] as const),
  ...['"x"', 'null', '7', '', '{"sub":', '<html>'].map(body => garbled('userinfo', body)),
  ...[
    { aud: 'other' },
    { aud: undefined },
    { iss: 'https://other.example' },
    { iss: undefined },
    { sub: 'another' },
    { exp: 1 },
  ].map(signedUserinfo),
]

for (const mode of ['auto', 'always'] as const) {
  t.test(
    `${mode}: userinfo that is somebody else's, for somebody else, or no object at all fails the login (lesson 70, T-18)`,
    async t => {
      const rogue = await startRogueProvider(t, { alg: 'ES256' })
      const door = openDoor(t, rogue, { userinfo: mode })
      for (const lie of lies) {
        rogue.behave()
        rogue.misbehave(lie)
        await t.rejects(signIn(door), { code: 'login-failed', message: /userinfo/ }, JSON.stringify(lie))
      }
    },
  )
}

t.test('userinfo that is signed by a stranger, or by nobody, fails the login', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  await signIn(door)
  for (const token of [
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdWJqZWN0LW9mLWFubiJ9.',
    'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzdWJqZWN0LW9mLWFubiJ9.AAAA',
  ]) {
    rogue.behave()
    rogue.misbehave({
      answers: {
        userinfo: (_, response) =>
          response.writeHead(200, { 'content-type': 'application/jwt; charset=utf-8' }).end(token),
      },
    })
    await t.rejects(signIn(door), { code: 'login-failed', message: /userinfo was refused/ })
  }
})

const challenged: Behaviour = {
  answers: {
    userinfo: (_, response) => response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end(),
  },
}

/** What the endpoint does → what becomes of a login that asked by itself, and of one that was told to ask. */
const absences: readonly (readonly [absence: Behaviour, auto: string | undefined, always: string])[] = [
  ...[401, 403, 404, 405].map(status => [failing('userinfo', status), undefined, 'login-failed'] as const),
  [challenged, undefined, 'login-failed'],
  ...[500, 503, 429].map(
    status => [failing('userinfo', status), 'provider-unavailable', 'provider-unavailable'] as const,
  ),
  [silent('userinfo'), 'provider-unavailable', 'provider-unavailable'],
  [hangingUp('userinfo'), 'provider-unavailable', 'provider-unavailable'],
  ...[204, 400].map(status => [failing('userinfo', status), 'login-failed', 'login-failed'] as const),
  [redirecting('userinfo', 'http://127.0.0.1:9/'), 'login-failed', 'login-failed'],
]

t.test(
  'an endpoint that does not serve our access token is done without when nobody demands it (lesson 71); one in trouble fails the login, or a denied group would be forgotten',
  async t => {
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    const [auto, always] = (['auto', 'always'] as const).map(mode =>
      openDoor(t, rogue, { userinfo: mode, timeoutMs: 300 }),
    )
    if (!auto || !always) return
    for (const [absence, ofAuto, ofAlways] of absences) {
      rogue.behave()
      rogue.misbehave(absence)
      const retryAfterSeconds = ofAlways === 'provider-unavailable' ? 5 : undefined
      await t.rejects(signIn(always), { code: ofAlways, retryAfterSeconds })
      if (ofAuto) {
        await t.rejects(signIn(auto), { code: ofAuto, retryAfterSeconds })
        continue
      }
      t.match(await signIn(auto), { identity: { user: 'subject-of-ann', email: undefined } })
      t.match(auto.log.lines.at(-1), { level: 'warn', text: /userinfo was not to be had/ })
    }
    rogue.behave()
    rogue.misbehave(metadata({ userinfo_endpoint: undefined }))
    await t.rejects(signIn(openDoor(t, rogue, { userinfo: 'always' })), {
      code: 'login-failed',
      message: /no userinfo endpoint/,
    })
  },
)

t.test('the access token goes into the header and nowhere else', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const asked: string[] = []
  rogue.misbehave({
    answers: {
      userinfo: (request, response) => {
        asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
        response.writeHead(403).end()
      },
    },
  })
  const { tokens } = await signIn(openDoor(t, rogue))
  t.same(asked, [`GET /userinfo Bearer ${tokens.accessToken}`])
})
