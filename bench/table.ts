// A Markdown table that can be read as plain text too: columns of even width, numbers to the right.

export type Column<T> = { readonly title: string; readonly align?: 'right'; readonly cell: (row: T) => string }

export function table<T>(columns: ReadonlyArray<Column<T>>, rows: readonly T[]): string {
  const cells = columns.map(({ title, cell }) => [title, ...rows.map(row => escaped(cell(row)))])
  const widths = cells.map(column => Math.max(3, ...column.map(text => text.length)))
  const line = (index: number): string =>
    `| ${columns.map(({ align }, at) => fill(cells[at]?.[index] ?? '', widths[at] ?? 0, align)).join(' | ')} |`
  const rule = columns.map(({ align }, at) =>
    align === 'right' ? `${'-'.repeat((widths[at] ?? 1) - 1)}:` : '-'.repeat(widths[at] ?? 0),
  )
  return [line(0), `| ${rule.join(' | ')} |`, ...rows.map((_, index) => line(index + 1)), ''].join('\n')
}

const fill = (text: string, width: number, align: 'right' | undefined): string =>
  align === 'right' ? text.padStart(width) : text.padEnd(width)

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
