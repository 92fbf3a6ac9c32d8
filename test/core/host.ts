// Host headers: one spelling per host, and nothing that is not exactly one host.
import t from 'tap'
import { readHost } from '../../src/core/host.ts'

t.test('spellings of one host become one name', async t => {
  const expected = {
    'app.test': ['app.test', undefined],
    'APP.TEST': ['app.test', undefined],
    'App.Test.': ['app.test', undefined],
    'app.test:80': ['app.test', 80],
    'app.test.:8080': ['app.test', 8080],
    'a_b.test': ['a_b.test', undefined],
    localhost: ['localhost', undefined],
    '127.0.0.1:65535': ['127.0.0.1', 65535],
    '[::1]:8080': ['[::1]', 8080],
    '[0:0:0::1]': ['[::1]', undefined],
    'xn--bcher-kva.test': ['xn--bcher-kva.test', undefined],
  }
  for (const [raw, [name, port]] of Object.entries(expected)) t.same(readHost(raw), { name, port }, raw)
})

t.test('what is not exactly one host is refused', async t => {
  const refused = [
    ...[
      '',
      '.',
      'app.test..',
      '.app.test',
      'app..test',
      'app.test:',
      'app.test:0',
      'app.test:99999',
      'app.test:80:80',
      'app.test:8080x',
    ],
    ...[
      'app.test, b.test',
      'app.test b.test',
      'app.test;b.test',
      'app.test/admin',
      'app.test#x',
      'app.test?x',
      'app.test\\b.test',
      ' app.test',
    ],
    ...[
      'user@app.test',
      'app.test@b.test',
      'http://app.test',
      'a.test";for=10.0.0.1;host="x',
      '*.app.test',
      '-a.test',
      'a-.test',
      'app.test\n',
    ],
    ...[
      '[::1',
      '::1',
      '[:::::]',
      '[::1%25lo]',
      '[app.test]',
      '[]',
      '\u0430pp.test',
      'app\u3002test',
      '\u212a.test',
      `${'a'.repeat(64)}.test`,
    ],
    ...['a.'.repeat(140), 'app.test\0', 'app%2etest'],
  ]
  for (const raw of refused) t.equal(readHost(raw), undefined, JSON.stringify(raw))
})
