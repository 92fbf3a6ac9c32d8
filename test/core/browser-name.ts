// Browsers by the names that their owners know them by.
import fc from 'fast-check'
import t from 'tap'
import { browserName } from '../../src/core/browser-name.ts'

const known = {
  'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0': 'Firefox on Linux',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36':
    'Chrome on Linux',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/149.0.0.0 Safari/537.36':
    'Chrome on Linux',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36':
    'Chrome on Android',
  'Mozilla/5.0 (Android 16; Mobile; rv:149.0) Gecko/149.0 Firefox/149.0': 'Firefox on Android',
  'Mozilla/5.0 (Linux; Android 15; SM-S938B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36':
    'Samsung Internet on Android',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0':
    'Edge on Windows',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36 OPR/133.0.0.0':
    'Opera on Windows',
  'Mozilla/5.0 (X11; CrOS x86_64 16181.61.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36':
    'Chrome on ChromeOS',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15':
    'Safari on macOS',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1':
    'Safari on iPhone',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/149.0.0.0 Mobile/15E148 Safari/604.1':
    'Chrome on iPhone',
  'Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/149.0 Mobile/15E148 Safari/605.1.15':
    'Firefox on iPad',
}

for (const [userAgent, words] of Object.entries(known))
  t.test(`${words} is recognised`, async t => t.equal(browserName(userAgent), words))

t.test('a program is shown as it calls itself', async t => {
  t.equal(browserName('curl/8.14.1'), 'curl/8.14.1')
  t.equal(browserName('Grafana/12.3 (datasource proxy)'), 'Grafana/12.3 (datasource proxy)')
})

t.test('a browser on a system that we do not know keeps its own name', async t => {
  t.equal(browserName('Mozilla/5.0 (Haiku; x86_64) Gecko/20100101 Firefox/149.0'), 'Firefox')
})

t.test('nothing at all is an unknown browser', async t => {
  for (const userAgent of ['', '  ', '\u0007\u200e']) t.equal(browserName(userAgent), 'Unknown browser')
})

t.test('whatever a client sends, the name is short, and nothing in it is invisible or turns a line around', async t => {
  const userAgent = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('\u001b[2J\u202eevil'))
  const { counterexample } = fc.check(
    fc.property(userAgent, text => {
      const name = browserName(text)
      return [...name].length <= 60 && name !== '' && !/\p{C}/u.test(name)
    }),
  )
  t.equal(counterexample, null)
})
