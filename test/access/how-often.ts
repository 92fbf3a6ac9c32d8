import t from 'tap'
import { addressLimit, userLimit } from '../../src/access/how-often.ts'
import type { Identity } from '../../src/core/identity.ts'
import { agreeHere } from '../../src/session/agreement.ts'

const once = { what: 'route app', address: '2001:db8::1', rate: { count: 1, perMs: 60_000 } }
const identity = (user: string, subject = user) => ({ issuer: 'https://login.test', subject, user }) as Identity

t.test('an address comes as often as it may, and another one does not count', async t => {
  const here = agreeHere()
  t.equal(await addressLimit(here, once), undefined)
  t.match(await addressLimit(here, { ...once, address: '2001:db8::2' }), { kind: 'limit', reason: 'address-rate' })
  t.equal(await addressLimit(here, { ...once, address: '2001:db8:0:1::1' }), undefined)
  t.equal(await addressLimit(here, { ...once, what: 'route other' }), undefined)
  t.equal(await addressLimit(here, { ...once, rate: undefined }), undefined, 'no rate, no limit')
})

t.test('a person is counted by subject, however the name is written (Z-06)', async t => {
  const here = agreeHere()
  t.equal(await userLimit(here, { ...once, identity: identity('Ann', '1') }), undefined)
  const again = { ...once, address: '203.0.113.7', identity: identity('ann', '1') }
  t.match(await userLimit(here, again), { reason: 'user-rate', waitMs: Number })
  t.equal(await userLimit(here, { ...once, identity: identity('ann', '2') }), undefined)
})

t.test('who is not signed in is an address, apart from what addresses may', async t => {
  const here = agreeHere()
  t.equal(await userLimit(here, { ...once, identity: undefined }), undefined)
  t.match(await userLimit(here, { ...once, identity: undefined }), { reason: 'user-rate' })
  t.equal(await addressLimit(here, once), undefined)
})
