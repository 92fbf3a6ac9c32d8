import t from 'tap'
import { isInner, isLoopback } from '../../src/core/near-host.ts'

const here = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'idp.localhost',
  '127.0.0.1',
  '127.255.0.9',
  '::1',
  '[::1]',
  '[::ffff:7f00:1]',
]

const around = [
  ...[
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.19.0.1',
  ],
  ...[
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::7f00:1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a00:1::1]',
  ],
  ...['[fd00::1]', '[fe80::1]', '[ff02::1]'],
]

const elsewhere = [
  ...['example.com', 'localhost.example', 'xlocalhost', '127.0.0.1.example', '', '8.8.8.8', '172.15.255.255'],
  ...['172.32.0.1', '100.128.0.1', '192.167.1.1', '[2001:4860::1]', '[2606::1]'],
]

t.test('only this machine is at loopback, under its name and in every spelling of its addresses', async t => {
  for (const host of here) t.ok(isLoopback(host), host)
  for (const host of [...around, ...elsewhere]) t.notOk(isLoopback(host), host)
})

t.test('private addresses are inner ones, also where IPv6 wraps them; names are not looked up', async t => {
  for (const host of [...here, ...around]) t.ok(isInner(host), host)
  for (const host of elsewhere) t.notOk(isInner(host), host)
})
