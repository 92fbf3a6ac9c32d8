// Addresses and ranges: no spelling of an address and no short prefix makes a stranger trusted.
import t from 'tap'
import { addressSet, canonicalAddress, parseRange } from '../../src/core/address.ts'

const setOf = (...texts: readonly string[]) =>
  addressSet(texts.map(text => parseRange(text)).filter(range => range !== undefined))

t.test('an address has one spelling', async t => {
  const expected = {
    '127.0.0.1': '127.0.0.1',
    '::ffff:127.0.0.1': '127.0.0.1',
    '::FFFF:7f00:1': '127.0.0.1',
    '0:0:0:0:0:ffff:127.0.0.1': '127.0.0.1',
    '::1': '::1',
    '0:0::1': '::1',
    '2001:DB8::0001': '2001:db8::1',
  }
  for (const [text, address] of Object.entries(expected)) t.equal(canonicalAddress(text), address, text)
})

t.test('what is not an address is none', async t => {
  const shapes = [
    '',
    'a',
    '999.1.1.1',
    '0x7f.1',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    '127.0.0.1:80',
    '[::1]',
    '[::1]:80',
    'fe80::1%lo',
    'unknown',
    '_hidden',
  ]
  for (const text of [
    ...shapes,
    ' 127.0.0.1',
    '127.0.0.1\n',
    '127.0.0.1,10.0.0.1',
    '::ffff:999.1.1.1',
    ','.repeat(10_000),
  ])
    t.equal(canonicalAddress(text), undefined, text.slice(0, 20))
})

t.test('a range holds its addresses and no others', async t => {
  const trusted = setOf('10.0.0.0/8', '192.168.1.7', '2001:db8::/32')
  for (const address of ['10.0.0.1', '10.255.255.255', '192.168.1.7', '2001:db8::1'])
    t.ok(trusted.has(address), address)
  for (const address of ['11.0.0.1', '192.168.1.8', '2001:db9::1', '', 'x']) t.notOk(trusted.has(address), address)
})

t.test('a mapped or short IPv6 prefix trusts no IPv4 peer', async t => {
  t.equal(parseRange('::ffff:10.0.0.0/8'), undefined)
  t.same(parseRange('::ffff:10.0.0.0/104'), { address: '10.0.0.0', prefix: 8 })
  t.same(parseRange('::ffff:10.0.0.1'), { address: '10.0.0.1', prefix: 32 })
  for (const range of ['::/64', '::/0', '::1/1', '::/96']) t.notOk(setOf(range).has('127.0.0.3'), range)
})

t.test('malformed ranges are refused', async t => {
  for (const text of [
    '',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/a',
    '::1/129',
    '10.0.0/8',
    'all',
    '10.0.0.0/08x',
  ])
    t.equal(parseRange(text), undefined, text)
})
