import t from 'tap'
import { refreshDue, refreshTime } from '../../src/core/refresh.ts'
import { session } from '../session/examples.ts'

const minute = 60_000
const now = 1_800_000_000_000

const holding = (tokens: object) => ({ ...session('ann'), tokens: { idToken: 'i', accessToken: 'a', ...tokens } })

t.test('a refresh is due early from its time on, and now when the access token has ended (lesson 57)', async t => {
  const fiveMinutes = { refreshToken: 'r', refreshAt: now + 4 * minute, accessTokenExpiresAt: now + 5 * minute }
  const due = (at: number) => refreshDue(holding(fiveMinutes), at)
  t.equal(due(now), 'none')
  t.equal(due(now + 4 * minute - 1), 'none')
  t.equal(due(now + 4 * minute), 'early')
  t.equal(due(now + 5 * minute - 1), 'early')
  t.equal(due(now + 5 * minute), 'now')
  t.equal(due(now + 12 * 60 * minute), 'now')
})

t.test('without a refresh token nothing is ever due', async t => {
  t.equal(refreshDue(holding({ accessTokenExpiresAt: now - 1 }), now), 'none')
  t.equal(refreshDue(holding({ accessTokenExpiresAt: now - 1, refreshAt: now - 1 }), now), 'none')
})

t.test('an end that the provider does not tell is neither never nor now (lesson 44)', async t => {
  const refreshAt = refreshTime(undefined, now)
  const due = (at: number) => refreshDue(holding({ refreshToken: 'r', refreshAt }), at)
  t.equal(due(now + 47 * minute), 'none')
  t.equal(due(now + 48 * minute), 'early', 'after four fifths of an hour')
  t.equal(due(now + 48 * 60 * minute), 'early', 'and nobody waits for it')
})

t.test('early is after four fifths of the life, ten seconds before the end, but never in its first half', async t => {
  const early = (lifeMs: number) => refreshTime(now + lifeMs, now) - now
  t.equal(early(60 * minute), 48 * minute)
  t.equal(early(5 * minute), 4 * minute)
  t.equal(early(30_000), 20_000)
  t.equal(early(12_000), 6_000)
  t.equal(early(1_000), 500)
})
