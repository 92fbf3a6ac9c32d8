import t from 'tap'
import { makeAllowances } from '../../src/session/allowances.ts'

const rate = { count: 1, perMs: 60_000 }
const network = (name: string) => ({ of: 'network', name }) as const
const person = (name: string) => ({ of: 'person', name }) as const

t.test('each is counted alone, and time gives back', async t => {
  let now = 0
  const allowances = makeAllowances(() => now)
  t.equal(allowances.spend(network('a'), rate), 0)
  t.equal(allowances.spend(network('a'), rate), 60_000)
  t.equal(allowances.spend(network('b'), rate), 0)
  t.equal(allowances.spend(person('a'), rate), 0)
  now = 60_000
  t.equal(allowances.spend(network('a'), rate), 0)
})

t.test('no flood of addresses grows the memory, or makes it forget what a person has spent', async t => {
  const allowances = makeAllowances(() => 0, 100)
  t.equal(allowances.spend(person('ann'), rate), 0)
  for (let n = 0; n < 10_000; n++) allowances.spend(network(String(n)), rate)
  t.equal(allowances.spend(network('9999'), rate), 60_000, 'the newest are remembered')
  t.equal(allowances.spend(network('0'), rate), 0, 'the oldest are not')
  t.equal(allowances.spend(person('ann'), rate), 60_000)
})
