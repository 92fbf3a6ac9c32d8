// Fail closed: whatever is broken, missing, away or late, nobody gets in by it, and nothing is forwarded without the identity that belongs to it.
import t from 'tap'
import { cookies } from '../fuzz/cookies.ts'
import { holds } from '../fuzz/hunt.ts'
import { troublesome } from '../fuzz/troubles.ts'
import { missing } from '../support/services.ts'

t.test('whoever does not bring a whole ticket is nobody, however it is kept', async t => {
  await holds(t, cookies, 600, 'ann', 'nobody')
})

t.test(
  'whatever fails, in any order, lets nobody in and takes nobody their name',
  { skip: missing('redis-server') },
  async t => {
    await holds(t, troublesome, 40, 'let in')
  },
)
