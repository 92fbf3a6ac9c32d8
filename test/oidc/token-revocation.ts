// Token revocation: which token goes, under which hint, and that nobody ever waits for it.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Tokens } from '../../src/core/session.ts'
import { type Door, openDoor, settingsFor } from '../support/oidc.ts'
import { failing, metadata, silent } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const tokens: Tokens = { idToken: 'e.e.e', accessToken: 'an access token', refreshToken: 'a refresh token' }

/** The log line that says what became of it. */
async function outcome({ log }: Door) {
  for (;;) {
    const line = log.lines.find(({ text }) => text.startsWith('tokens '))
    if (line) return line
    await pause(5)
  }
}

t.test('each kind of token goes under its own hint, the refresh token first (lesson 81)', async t => {
  const { refreshToken: _, ...withoutRefresh } = tokens
  for (const [these, token, hint] of [
    [tokens, 'a refresh token', 'refresh_token'],
    [withoutRefresh, 'an access token', 'access_token'],
  ] as const) {
    const rogue = await startRogueProvider(t)
    const door = openDoor(t, rogue)
    door.revoke(these)
    t.match(await outcome(door), { level: 'debug', text: 'tokens revoked', facts: { provider: 'corp', hint } })
    t.same(Object.fromEntries(rogue.seen.revoke ?? []), { token, token_type_hint: hint })
    t.equal(rogue.calls.revoke, 1)
  }
})

t.test('a refusal and a silence are lines in the log, without the token in them', async t => {
  for (const [wrong, problem] of [
    [failing('revoke', 503), /status 503/],
    [failing('revoke', 400, { error: 'unsupported_token_type' }), /unsupported_token_type/],
    [silent('revoke'), /no answer/],
  ] as const) {
    const rogue = await startRogueProvider(t)
    rogue.misbehave(wrong)
    const door = openDoor(t, rogue, { timeoutMs: 300 })
    door.revoke(tokens)
    t.match(await outcome(door), { level: 'warn', text: 'tokens not revoked', facts: { problem } })
    t.notMatch(JSON.stringify(door.log.lines), 'a refresh token')
  }
})

t.test('nothing is sent where there is nothing to send, nowhere to send it, or no wish to', async t => {
  const rogue = await startRogueProvider(t)
  openDoor(t, rogue).revoke({ idToken: 'e.e.e' })
  openDoor(t, rogue, { logout: { ...settingsFor(rogue).logout, revokeTokens: false } }).revoke(tokens)
  t.equal(rogue.calls.discovery, 0)
  rogue.misbehave(metadata({ revocation_endpoint: undefined }))
  const door = openDoor(t, rogue)
  door.revoke(tokens)
  // Discovery is answered to both in one turn, and the revocation asked first.
  await door.logoutUrl({ postLogoutRedirectUri: 'http://127.0.0.1:9/', state: 's' })
  await pause(20)
  t.equal(rogue.calls.revoke, 0)
  await rogue.stop()
  t.doesNotThrow(() => door.revoke(tokens))
})
