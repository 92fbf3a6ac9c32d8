// What pairs of samples say, and whether a goal is reached by it.
import t from 'tap'
import { goalsTable } from '../../bench/goals.ts'
import { difference, disturbance, faultsOf, medianOf, quotient, ratioOf } from '../../bench/standing.ts'

const cost = (sample: number): number => sample
const standing = (name: string, ...pairs: ReadonlyArray<readonly [number, number]>) => ({
  name,
  pairs: pairs.map(([reference, own], round) => ({ reference, own, disturbed: round / 10 })),
})

// The machine became half as fast in the second round, which no ratio notices.
const one = standing('one', [10, 40], [20, 80], [10, 50])
const other = standing('other', [10, 20], [20, 40], [10, 20])

t.test('a ratio is taken within a pair, so that a machine that slows down changes nothing', async t => {
  t.strictSame(ratioOf(one, cost), { median: 4, min: 4, max: 5 })
  t.equal(medianOf(one, cost), 50)
})

t.test('two are compared by their ratios of the same round', async t => {
  t.strictSame(quotient(one, other, cost), { median: 2, min: 2, max: 2.5 })
  t.strictSame(difference(one, other, cost), { median: 20, min: 20, max: 30 }, 'in units of the median reference')
})

t.test('wrong answers are told by name, and so is what disturbed', async t => {
  const [right, wrong] = [{ wrong: {} }, { wrong: { 'HTTP/1.1 302 Found': 3 } }]
  t.strictSame(faultsOf({ name: 'one', pairs: [{ own: right, reference: right, disturbed: 0 }] }), [])
  const [fault = ''] = faultsOf({ name: 'one', pairs: [{ own: wrong, reference: right, disturbed: 0 }] })
  t.match(fault, /^one.*302 Found":3/)
  t.strictSame(disturbance([one]), { median: 0.1, min: 0, max: 0.2 })
})

t.test('a goal is reached, missed or not measured', async t => {
  const told = goalsTable({
    nginx: { median: 0.41, min: 0.39, max: 0.43 },
    'cold start': { median: 251, min: 240, max: 300 },
  })
  t.match(told, /against nginx without any login +\| +≥ 0.4 × \| +0.41 × \(0.39–0.43\) \| yes/)
  t.match(told, /cold start.* ≤ 250 ms \| +251 ms \(240–300\) \| no/)
  t.match(told, /idle websocket +\| +≤ 16 KiB \| +– \| not measured/)
})
