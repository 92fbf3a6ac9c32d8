// The provider's keys over time: rotations cost nobody a login, floods cost the provider next to nothing.
import t from 'tap'
import { makeKeyRing, strangersRing } from '../../src/oidc/jwks.ts'
import { makeOutbound } from '../../src/oidc/outbound.ts'
import { openDoor, rememberingLog, signIn } from '../support/oidc.ts'
import { type Behaviour, failing, garbled, header } from '../support/rogue-faults.ts'
import { type Rogue, startRogueProvider } from '../support/rogue-provider.ts'

const minute = 60_000
const hour = 60 * minute

function ringAt(t: { teardown(end: () => Promise<void>): void }, { issuer }: Rogue) {
  const outbound = makeOutbound({ timeoutMs: 2000, ca: undefined })
  t.teardown(() => outbound.close())
  return makeKeyRing(`${issuer}/jwks`, outbound.fetch, rememberingLog())
}

t.test('a rotation seconds after the last fetch fails no login, five times within a minute (lesson 61)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  const now = Date.now()
  await signIn(door, undefined, now)
  for (let times = 1; times <= 5; times++) {
    rogue.rotateKeys()
    t.match(await signIn(door, undefined, now + times * 1000), { identity: { user: 'ann' } })
  }
  t.equal(rogue.calls.jwks, 6)
})

t.test('a provider that rotates all the time is followed, and invented key ids still cost no more', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  const now = Date.now()
  for (let times = 0; times < 12; times++) {
    rogue.rotateKeys()
    t.match(await signIn(door, undefined, now), { identity: { user: 'ann' } })
  }
  t.equal(rogue.calls.jwks, 12)
  rogue.misbehave('kid-unknown')
  for (let times = 0; times < 12; times++) await t.rejects(signIn(door, undefined, now), { code: 'login-failed' })
  t.equal(rogue.calls.jwks, 12 + 5)
})

t.test('keys without ids rotate just as well', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  rogue.misbehave('kid-absent-single-jwks')
  await signIn(door)
  rogue.rotateKeys()
  t.match(await signIn(door), { identity: { user: 'ann' } })
})

t.test('many logins right after a rotation share one request', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  await signIn(door)
  rogue.rotateKeys()
  const logins = await Promise.all(Array.from({ length: 20 }, () => signIn(door)))
  t.equal(logins.length, 20)
  t.equal(rogue.calls.jwks, 2)
})

t.test('invented key ids cost at most five requests a minute, and then again (lesson 62)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  rogue.misbehave('kid-unknown')
  const now = Date.now()
  for (let times = 0; times < 12; times++) await t.rejects(signIn(door, undefined, now), { code: 'login-failed' })
  t.equal(rogue.calls.jwks, 1 + 5)
  const ring = ringAt(t, rogue)
  const keys = await ring.keys(now)
  for (let times = 0; times < 5; times++) t.ok(await ring.newerKeys(await ring.keys(now), now))
  t.equal(await ring.newerKeys(await ring.keys(now), now + minute - 1), undefined)
  t.ok(await ring.newerKeys(await ring.keys(now), now + minute))
  t.equal(
    await ring.newerKeys(keys, now + minute),
    await ring.keys(now + minute),
    'newer keys that are here already cost nothing',
  )
})

t.test('an expired token asks for no new keys (lesson 63)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  await signIn(door)
  rogue.misbehave('expired-exp')
  await t.rejects(signIn(door), { code: 'login-failed' })
  t.equal(rogue.calls.jwks, 1)
})

t.test('wrong signatures under a known key id ask for new keys a bounded number of times', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  rogue.misbehave('invalid-sig')
  for (let i = 0; i < 8; i++) await t.rejects(signIn(door), { code: 'login-failed' })
  t.equal(rogue.calls.jwks, 6)
})

t.test('keys named or carried by the token itself are not looked at (T-21)', async t => {
  const [rogue, attacker] = [
    await startRogueProvider(t, { alg: 'ES256' }),
    await startRogueProvider(t, { alg: 'ES256' }),
  ]
  const { keys } = (await (await fetch(`${attacker.issuer}/jwks`)).json()) as { keys: unknown[] }
  rogue.misbehave(
    header({
      kid: 'planted',
      jwk: keys[0],
      jku: `${attacker.issuer}/jwks`,
      x5u: `${attacker.issuer}/x5u`,
      x5c: ['MIIB'],
    }),
  )
  await t.rejects(signIn(openDoor(t, rogue)), { code: 'login-failed', message: /no key of the provider/ })
  t.match(attacker.calls, { jwks: 1, elsewhere: 0 }, 'the one request is that of this test')
})

t.test('while the keys cannot be fetched, those that are kept go on for a day (lesson 65)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const ring = ringAt(t, rogue)
  const now = Date.now()
  const keys = await ring.keys(now)
  rogue.misbehave(failing('jwks', 503))
  t.equal(await ring.keys(now + 2 * hour), keys)
  t.equal(await ring.keys(now + 2 * hour + 1000), keys)
  t.equal(rogue.calls.jwks, 2, 'a failed renewal is not repeated at once')
  t.equal(await ring.keys(now + 23 * hour), keys)
  await t.rejects(ring.keys(now + 24 * hour), { code: 'provider-unavailable' })
})

const notKeys: readonly Behaviour[] = [
  ...['[]', '"keys"', 'null', '{"keys":{}}', '{}', '<html>'].map(body => garbled('jwks', body)),
  failing('jwks', 204),
]

t.test('what is no key set never takes the place of one', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const ring = ringAt(t, rogue)
  const keys = await ring.keys(0)
  for (const fault of notKeys) {
    rogue.behave()
    rogue.misbehave(fault)
    await t.rejects(ringAt(t, rogue).keys(0))
    t.equal(await ring.keys(2 * hour), keys)
  }
})

t.test('keys are fetched again after an hour, so that a withdrawn one is not believed for long', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const ring = ringAt(t, rogue)
  const before = await ring.keys(0)
  rogue.rotateKeys()
  t.equal(await ring.keys(hour - 1), before)
  t.notSame(await ring.keys(hour), before)
})

t.test('strangers have two of the five requests, and leave the others to logins (T-19)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const ring = ringAt(t, rogue)
  const strangers = strangersRing(ring)
  const now = Date.now()
  const newer = async (at: number, { keys, newerKeys } = strangers) => newerKeys(await keys(at), at)
  for (let times = 0; times < 10; times++) await newer(now)
  t.equal(rogue.calls.jwks, 1 + 2)
  t.equal(await newer(now + minute - 1), undefined)
  for (let times = 0; times < 3; times++) t.ok(await newer(now, ring))
  t.equal(rogue.calls.jwks, 1 + 5)
  t.ok(await newer(now + minute), 'and again after a minute')
})
