import t from 'tap'
import { authorityOf, originOf } from '../../src/core/public-url.ts'

t.test('a port is written only where it is not the scheme’s own', async t => {
  for (const [scheme, port, authority] of [
    ['https', 443, 'app.test'],
    ['http', 80, 'app.test'],
    ['https', 80, 'app.test:80'],
    ['http', 443, 'app.test:443'],
    ['https', 8443, 'app.test:8443'],
  ] as const) {
    t.equal(authorityOf({ scheme, host: 'app.test', port }), authority)
    t.equal(originOf({ scheme, host: 'app.test', port }), `${scheme}://${authority}`)
    t.equal(originOf({ scheme, host: 'app.test', port }), new URL(`${scheme}://app.test:${port}/`).origin)
  }
})
