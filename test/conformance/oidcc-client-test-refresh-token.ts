// The tokens are renewed, and userinfo is asked with the new one.
import t from 'tap'
import { tokens } from '../support/rogue-faults.ts'
import { accepted, startSuite } from '../support/suite.ts'

t.test('a session goes on with new tokens (oidcc-client-test-refresh-token)', async t => {
  let aheadMs = 0
  const suite = await startSuite(t, [tokens({ expires_in: 60 })], { now: () => Date.now() + aheadMs })
  const { browser } = await suite.login()
  const before = suite.provider.seen.userinfo?.headers.authorization
  aheadMs = 61_000
  t.match(await suite.load(browser), { ...accepted, steps: ['token', 'userinfo'] })
  t.equal(suite.provider.seen.token?.get('grant_type'), 'refresh_token')
  t.not(suite.provider.seen.userinfo?.headers.authorization, before)
})
