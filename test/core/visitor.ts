import t from 'tap'
import type { Identity } from '../../src/core/identity.ts'
import { networkOf, personOf, visitorOf } from '../../src/core/visitor.ts'

const identity = (issuer: string, subject: string) => ({ issuer, subject }) as Identity

t.test('an IPv4 address is one visitor, an IPv6 address one with all of its /64', async t => {
  t.equal(networkOf('203.0.113.7'), '203.0.113.7')
  for (const [address, network] of [
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    ['1::2:3:4:5:6', '1:0:0:2::/64'],
  ] as const)
    t.equal(networkOf(address), network, address)
  t.not(networkOf('2001:db8:1:3::1'), networkOf('2001:db8:1:2::1'))
  t.not(networkOf('64:ff9b::cb00:7107'), networkOf('64:ff9b::c633:6409'), 'two addresses of IPv4')
})

t.test('a person is one visitor, wherever the requests come from and whatever the name is', async t => {
  const ann = identity('https://login.test', 'ann')
  t.equal(visitorOf(ann, '203.0.113.7'), visitorOf(ann, '198.51.100.1'))
  t.equal(visitorOf(undefined, '203.0.113.7'), '203.0.113.7')
  t.not(personOf(ann), personOf(identity('https://other.test', 'ann')), 'another issuer may mean somebody else')
  t.not(personOf(identity('https://a.test', 'b c')), personOf(identity('https://a.test/b', 'c')))
})
