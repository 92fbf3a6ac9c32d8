// Each entry of the lists in this folder is covered by tests that name it, or by a reason in its document.
import t from 'tap'
import {
  coverageOf,
  type Entry,
  isMissing,
  isOutOfDate,
  lessonsIn,
  listIn,
  modulesIn,
  reasonsIn,
  rowsIn,
  testsIn,
} from '../support/coverage.ts'

for (const name of ['rows', 'modules', 'lessons'] as const)
  t.test(`every entry of ${name}.txt has its tests or its reason`, async t => {
    const entries = coverageOf(name)
    t.ok(entries.length > 30)
    t.strictSame(idsOf(entries.filter(isMissing)), [])
    t.strictSame(idsOf(entries.filter(isOutOfDate)), [])
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

t.test('an entry with nothing is missing, and a reason beside a test is out of date', async t => {
  const [seven] = listIn('# heading\n\n7 a thing of two words\n')
  t.strictSame(seven, { id: '7', about: 'a thing of two words' })
  for (const [tests, reasons, missing, outOfDate] of [
    [[], [], true, false],
    [['a'], [], false, false],
    [[], ['b'], false, false],
    [['a'], ['b'], false, true],
  ] as const) {
    const entry = { id: '7', about: '', tests, reasons }
    t.strictSame([isMissing(entry), isOutOfDate(entry)], [missing, outOfDate])
  }
})

function idsOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ id }) => id)
}
