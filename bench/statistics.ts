// The few numbers that are said about many: median, percentile, range.

export type Spread = { readonly median: number; readonly min: number; readonly max: number }

/** `sorted` in ascending order, not empty. The smallest value that at least this share of all does not exceed. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length / 2
  return (at(sorted, Math.ceil(middle) - 1) + at(sorted, Math.floor(middle))) / 2
}

/** What could not be measured, such as the cost of no answer, is left out. */
export function spread(all: readonly number[]): Spread {
  const values = all.filter(Number.isFinite)
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

const at = (sorted: Float64Array, index: number): number => sorted[index] ?? Number.NaN
