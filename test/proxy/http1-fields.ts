import t from 'tap'
import { BROKEN, lineEnd, PART, readFields } from '../../src/proxy/http1-fields.ts'

t.test('a line ends with CR and LF, and has no other control character but the tab', async t => {
  t.equal(lineEnd('a\tb \x80\xff\r\nmore', 0), 6)
  t.equal(lineEnd('xx\r\n', 2), 2)
  for (const text of ['', 'a', 'a\r']) t.equal(lineEnd(text, 0), PART, JSON.stringify(text))
  for (const text of ['a\n', 'a\ra', 'a\r\r\n', 'a\0\r\n', 'a\x7f\r\n', 'a\x1b', '\n', '\v\r\n'])
    t.equal(lineEnd(text, 0), BROKEN, JSON.stringify(text))
})

t.test('fields are read up to the empty line, without the blanks around their values', async t => {
  const lines: string[] = []
  const text = 'HEAD A:1\r\nx-b: \t two words  \r\nC:\r\nD: a\xa0 \r\n\r\n'
  t.equal(readFields(`${text}body`, 5, lines), text.length)
  t.strictSame(lines, ['A', '1', 'x-b', 'two words', 'C', '', 'D', 'a\xa0'])
})

t.test('a tab behind a value stays, because readers differ about a length or a coding with one', async t => {
  const lines: string[] = []
  readFields('Content-Length: 5\t\r\n\r\n', 0, lines)
  t.strictSame(lines, ['Content-Length', '5\t'])
})

t.test('fields of which only a part is there are neither read nor refused', async t => {
  const text = 'A: 1\r\nB: 2\r\n\r\n'
  for (let length = 0; length < text.length; length++) t.equal(readFields(text.slice(0, length), 0, []), PART)
})

t.test('lines that another reader could understand differently are refused (d-23)', async t => {
  const lines = [
    ...['A : 1', 'A\t: 1', ' A: 1', '\tA: 1', ': 1', 'A', 'A B: 1', 'A(: 1', '\xe4: 1', 'A: 1\r\n folded', '"A": 1'],
    ...['A: a\0', 'A: a\rb', 'A: a\nB: b', 'A: \x7f', 'A: a\n'],
  ]
  for (const line of lines) t.match(readFields(`${line}\r\n\r\n`, 0, []), { found: String }, JSON.stringify(line))
})

t.test('there are not more lines than anybody needs', async t => {
  t.type(readFields(`${'A: 1\r\n'.repeat(500)}\r\n`, 0, []), 'number')
  t.match(readFields(`${'A: 1\r\n'.repeat(501)}\r\n`, 0, []), { found: /500/ })
})
