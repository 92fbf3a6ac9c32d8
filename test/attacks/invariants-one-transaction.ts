// One transaction: state, code, issuer, redirect URI and browser belong to one login, which is good once and not for long.
import t from 'tap'
import { holds } from '../fuzz/hunt.ts'
import { transactions } from '../fuzz/transactions.ts'

t.test(
  'whatever is mixed up, only a login brought home by its own browser, whole, in time and once, signs in',
  async t => {
    await holds(t, transactions, 60, 'signed in', 'turned away')
  },
)
