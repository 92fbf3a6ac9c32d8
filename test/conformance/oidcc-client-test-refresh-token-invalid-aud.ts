// The ID token that a refresh brings is meant for another client.
import t from 'tap'
import { tokens } from '../support/rogue-faults.ts'
import { refused, startSuite } from '../support/suite.ts'

t.test(
  'a refresh that brings an ID token for another client ends the session (oidcc-client-test-refresh-token-invalid-aud)',
  async t => {
    let aheadMs = 0
    const wrongs = [tokens({ expires_in: 60 }), 'refresh-token-invalid-aud'] as const
    const suite = await startSuite(t, wrongs, { now: () => Date.now() + aheadMs })
    const { browser, signedIn } = await suite.login()
    t.ok(signedIn)
    aheadMs = 61_000
    t.match(await suite.load(browser), { ...refused, status: 401, steps: ['token'], logged: /\baud\b/ })
  },
)
