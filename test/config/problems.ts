// How a problem reads.
import t from 'tap'
import { printPath, printProblems, quote } from '../../src/config/problems.ts'

t.test('a path is printed as a person would write it', async t => {
  t.equal(printPath(['routes', 2, 'upstream']), 'routes[2].upstream')
  t.equal(
    printPath(['routes', 0, 'allow', 1, 'claims', 'https://x.example/roles']),
    'routes[0].allow[1].claims["https://x.example/roles"]',
  )
  t.equal(printPath([]), '')
})

t.test('a problem is one line with the place, what is there, what is wanted, and the guess', async t => {
  const problem = {
    path: 'log.level',
    line: 3,
    column: 9,
    found: '"inof" does not belong here',
    wanted: 'write info',
    hint: 'info',
  }
  t.equal(
    printProblems('a.yaml', [problem, { ...problem, path: '' }]),
    'a.yaml:3:9 log.level: "inof" does not belong here; write info; did you mean "info"?\n' +
      'a.yaml:3:9 "inof" does not belong here; write info; did you mean "info"?\n',
  )
})

t.test('a quoted value stays on its line, is short, and commands no terminal', async t => {
  t.equal(quote('a\nb'), '"a\\nb"')
  t.equal(quote('\u202eevil\u2028'), '"\\u{202e}evil\\u{2028}"')
  t.equal(quote('\u009b2J'), '"\\u{9b}2J"')
  t.equal(quote('x'.repeat(500)).length, 83)
  t.same([null, undefined, [], [1], {}, { a: 1 }, false, 3].map(quote), [
    'an empty value',
    'nothing',
    'an empty list',
    'a list',
    'an empty mapping',
    'a mapping',
    'false',
    '3',
  ])
})
