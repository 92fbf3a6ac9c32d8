// When an access token ends, for every strange way in which a provider may say it.
import t from 'tap'
import { expiresAt } from '../../src/oidc/token-expiry.ts'
import { openDoor, signIn } from '../support/oidc.ts'
import { tokens } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

t.test('an expiry that makes no sense is no expiry, and the login goes on (lesson 44)', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  const door = openDoor(t, rogue)
  for (const expires_in of [undefined, null, 0, -1, 'soon', '', '-5', true, {}, []]) {
    rogue.behave()
    rogue.misbehave(tokens({ expires_in }))
    const { tokens: kept } = await signIn(door)
    t.equal(kept.accessTokenExpiresAt, undefined, JSON.stringify(expires_in))
  }
})

t.test('an expiry may be a fraction or a numeral, and ends after ten years at the latest (lesson 43)', async t => {
  const tenYears = 10 * 365 * 86_400_000
  t.equal(expiresAt(1.5, 1000), 2500)
  t.equal(expiresAt(1e300, 1000), 1000 + tenYears)
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(tokens({ expires_in: '60' }))
  const now = Date.now()
  t.equal((await signIn(openDoor(t, rogue), undefined, now)).tokens.accessTokenExpiresAt, now + 60_000)
})
