// A table for people: columns as wide as what stands in them, and nothing in it that a terminal would obey.

export function printTable(heads: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const lines = [heads, ...rows.map(row => row.map(visible))]
  const widths = heads.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  return lines
    .map(
      line =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** User names and browsers are written by strangers: control and direction characters are shown as a question mark. */
const visible = (text: string): string => text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
