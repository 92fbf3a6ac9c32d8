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

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

const at = (sorted: Float64Array, index: number): number => sorted[index] ?? Number.NaN
