// Secrets: turned into text they say nothing.
import { format, inspect } from 'node:util'
import t from 'tap'
import { Secret } from '../../src/core/secret.ts'

t.test('a secret shows only when it is asked to', async t => {
  const secret = new Secret('hunter2')
  const shown = [
    `${secret}`,
    String([secret]),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true }),
    format('%s %o %j', secret, secret, secret),
  ]
  for (const text of shown) t.notMatch(text, /hunter2/)
  t.same(Object.keys(secret), [])
  t.equal(secret.reveal(), 'hunter2')
})
