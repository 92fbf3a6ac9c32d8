// The columns that every comparison has: who, what it costs, how often what nginx costs, and between which bounds.
import type { Standing } from './contest.ts'
import { type Cost, disturbance, medianOf, ratioOf } from './standing.ts'
import type { Spread } from './statistics.ts'
import type { Column } from './table.ts'

export const costColumns = <S>(title: string, cost: Cost<S>): ReadonlyArray<Column<Standing<S>>> => [
  { title: 'gateway', cell: ({ name }) => name },
  { title, align: 'right', cell: row => precise(medianOf(row, cost)) },
  { title: '× nginx', align: 'right', cell: row => ratioOf(row, cost).median.toFixed(2) },
  { title: 'min–max', align: 'right', cell: row => range(ratioOf(row, cost)) },
]

/** A further figure, which is not compared. */
export const figureColumn = <S>(title: string, value: Cost<S>, digits = 0): Column<Standing<S>> => ({
  title,
  align: 'right',
  cell: row => grouped(medianOf(row, value), digits),
})

/** Words for below a table. */
export function conditions(standings: ReadonlyArray<Standing<unknown>>): string {
  const { median, max } = disturbance(standings)
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
  return `Meanwhile other programs took ${percent(median)} of this machine (median of all pairs; the worst ${percent(max)}).\n`
}

/** Words for those who closed connections on which they had been asked; nothing when nobody did. */
export function askedAgain(standings: ReadonlyArray<Standing<{ readonly askedAgain: number }>>): string {
  const words = standings
    .map(({ name, pairs }) => ({ name, count: pairs.reduce((sum, { own }) => sum + own.askedAgain, 0) }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${name} (${count})`)
  return words.length === 0
    ? ''
    : `Connections closed in the face of a request, which was asked again: ${words.join(', ')}.\n`
}

const grouped = (value: number, digits: number): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const precise = (value: number): string => value.toFixed(value < 10 ? 2 : 1)

const range = ({ min, max }: Spread): string => `${min.toFixed(2)}–${max.toFixed(2)}`
