// Each entry of the lists in this folder is covered by tests that name it, or by a reason in its document.
import t from 'tap'
import { coverageOf, lessonsIn, listIn, modulesIn, problemOf, reasonsIn, rowsIn, testsIn } from '../support/coverage.ts'

for (const name of ['lessons'] as const)
  t.test(`every entry of ${name}.txt has its tests or its reason`, async t => {
    const entries = coverageOf(name)
    t.ok(entries.length > 30)
    t.strictSame(
      entries.flatMap(entry => problemOf(entry) ?? []),
      [],
    )
  })

t.test('a title names rows, ranges of rows, lessons and modules', async t => {
  t.strictSame(rowsIn('a path is one path (P-01, Q-03 to Q-05, d-12)'), ['P-01', 'Q-03', 'Q-04', 'Q-05', 'd-12'])
  t.strictSame(rowsIn('UTF-16, P-256 and ES-38'), [])
  t.strictSame(lessonsIn('it holds (lessons 4, 18, C-11), and this as well (lesson 7)'), ['4', '18', '7'])
  t.strictSame(modulesIn('oidcc-client-test-missing-sub is refused'), ['oidcc-client-test-missing-sub'])
})

t.test('what a comment says is no test, and what a string says is one', async t => {
  const source = [
    '// (lesson 1)',
    '  /** (lesson 2) */',
    "t.test('it’s so (lesson 3)', async t => {",
    '`one store (lesson 4)`',
  ]
  t.strictSame(testsIn('test/a.ts', source.join('\n'), lessonsIn), [
    { id: '3', place: 'test/a.ts: it’s so (lesson 3)' },
    { id: '4', place: 'test/a.ts: one store (lesson 4)' },
  ])
})

t.test('a reason stands in a row of a table that begins with its ids', async t => {
  const text =
    '| id | reason |\n|---|---|\n| P-01, P-02 | no (P-09) | such thing |\nP-03 | nor here |\n| words | P-04 |'
  const place = 'docs/a.md: no (P-09) | such thing'
  t.strictSame(reasonsIn('docs/a.md', text, rowsIn), [
    { id: 'P-01', place },
    { id: 'P-02', place },
  ])
})

t.test('an entry with nothing is a problem, and so is a reason beside a test', async t => {
  const [entry] = listIn('# heading\n\n7 a thing of two words\n')
  t.strictSame(entry, { id: '7', about: 'a thing of two words' })
  const seven = { id: '7', about: 'a thing', tests: [], reasons: [] }
  t.match(problemOf(seven), '7 is missing')
  t.match(problemOf({ ...seven, tests: ['a'], reasons: ['b'] }), 'out of date: b')
  t.equal(problemOf({ ...seven, tests: ['a'] }), undefined)
  t.equal(problemOf({ ...seven, reasons: ['b'] }), undefined)
})
