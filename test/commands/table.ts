// Tables for people: aligned, and harmless to a terminal.
import t from 'tap'
import { printTable } from '../../src/commands/table.ts'

t.test('columns are as wide as what stands in them, and no line ends in blanks', async t => {
  const rows = [
    ['1', 'ann', ''],
    ['22', 'bartholomew', 'x'],
  ]
  t.equal(printTable(['ID', 'USER', 'NOTE'], rows), 'ID  USER         NOTE\n1   ann\n22  bartholomew  x\n')
})

t.test('what a terminal would obey, or what turns a line around, is shown as a question mark', async t => {
  const hostile = ['\u001b[31mred', 'bell\u0007', 'two\nlines', '\u202egnihton', 'half \ud800']
  const table = printTable(
    ['A'],
    hostile.map(text => [text]),
  )
  t.equal(table, 'A\n?[31mred\nbell?\ntwo?lines\n?gnihton\nhalf \ufffd\n')
})
