// D and W, regular expressions: no regular expression of ours runs away over a long text, whoever wrote the text.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { sourceFiles } from '../support/source.ts'

/** What stands between slashes where an expression can begin. */
const literal = /(?<=[(,=:[!&|?{};\s]|^)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/([dgimsuvy]*)/g

const isComment = (line: string): boolean => /^\s*(?:\/\/|\/?\*)/.test(line)

function expressionsIn(file: string): readonly RegExp[] {
  const code = readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => !isComment(line))
  return Array.from(code.join('\n').matchAll(literal), ([, source = '', flags]) => expression(source, flags)).flat()
}

/** Some of what looks like one is a path or a division. */
function expression(source: string, flags = ''): readonly RegExp[] {
  try {
    return [new RegExp(source, flags)]
  } catch {
    return []
  }
}

const pumps = [
  ...' \t\n.,;:=/%-_+*~#?&@$!|^"\'\\()[]{}<>0aA\0\x80é',
  ...['%2', '%20', '//', 'a.', '.a', 'a,', ', ', 'a-', 'a=', ';a', '0.', '(a', 'a(', '(a)', '", ', '\\"', '=a;'],
]

/** Long texts that begin and end as few expressions expect. */
function* texts(length: number): Generator<string> {
  for (const head of ['', 'a', '/'])
    for (const pump of pumps) for (const tail of ['', '!', 'a']) yield head + pump.repeat(length / pump.length) + tail
}

function runMs(regex: RegExp, text: string): number {
  const begun = performance.now()
  text.replace(regex, '')
  return performance.now() - begun
}

const SHORT = 4000
/** A moment for what takes time with the length, seconds and minutes for what takes time with its square. */
const LONG = 64_000
const MOST_MS = 1000

t.test('every expression takes time with the length of a text, and not with its square (D-22, W-09)', async t => {
  const expressions = sourceFiles().flatMap(file => expressionsIn(file).map(regex => ({ file, regex })))
  t.ok(expressions.length > 150, `${expressions.length} expressions`)
  for (const { file, regex } of expressions) {
    const suspects = [...texts(SHORT)].filter(text => runMs(regex, text) > 5)
    const slow = suspects.find(text => {
      const head = text.slice(0, 1)
      const long = head + text.slice(1, -1).repeat(LONG / SHORT) + text.slice(-1)
      return runMs(regex, long) > MOST_MS
    })
    if (slow !== undefined) t.fail(`${file}: ${regex} over ${JSON.stringify(slow.slice(0, 12))}…`)
  }
})
