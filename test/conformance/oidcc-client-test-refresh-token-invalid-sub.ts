// The ID token that a refresh brings is about another person.
import t from 'tap'
import { tokens } from '../support/rogue-faults.ts'
import { refused, startSuite } from '../support/suite.ts'

t.test(
  'a refresh that brings another person ends the session (oidcc-client-test-refresh-token-invalid-sub)',
  async t => {
    let aheadMs = 0
    const wrongs = [tokens({ expires_in: 60 }), 'refresh-token-invalid-sub'] as const
    const suite = await startSuite(t, wrongs, { now: () => Date.now() + aheadMs })
    const { browser, signedIn } = await suite.login()
    t.ok(signedIn)
    aheadMs = 61_000
    t.match(await suite.load(browser), {
      ...refused,
      status: 401,
      steps: ['token'],
      logged: /sub is not that of the session/,
    })
  },
)
