// A table that Markdown understands and people can read as it is.
import t from 'tap'
import { table } from '../../bench/table.ts'

type Row = { readonly name: string; readonly value: number }

const columns = [
  { title: 'name', cell: (row: Row) => row.name },
  { title: 'µs', align: 'right', cell: (row: Row) => row.value.toFixed(1) },
] as const

t.test('columns are as wide as their widest cell, numbers stand to the right', async t => {
  const rows = [
    { name: 'nginx', value: 20 },
    { name: 'a longer name', value: 104.25 },
  ]
  t.equal(
    table(columns, rows),
    [
      '| name          |    µs |',
      '| ------------- | ----: |',
      '| nginx         |  20.0 |',
      '| a longer name | 104.3 |',
      '',
    ].join('\n'),
  )
})

t.test('a cell cannot end its column or its row', async t => {
  t.match(table(columns, [{ name: 'a|b\nc', value: 1 }]), '| a\\|b c | 1.0 |')
})
