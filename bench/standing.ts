// What the rounds of a contest say about one gateway, and about one against another.
import type { Standing } from './contest.ts'
import { median, type Spread, spread } from './statistics.ts'
import type { Wrong } from './tally.ts'

/** Of a sample: the lower, the better. */
export type Cost<S> = (sample: S) => number

export const medianOf = <S>({ pairs }: Standing<S>, value: Cost<S>): number =>
  median(pairs.map(({ own }) => value(own)))

/** How often it costs what the reference costs, by the pairs. */
export const ratioOf = <S>(standing: Standing<S>, cost: Cost<S>): Spread => spread(ratios(standing, cost))

/** What the reference costs, as a share of what it costs: so much of the reference's work it does in the same time. */
export const shareOf = <S>(standing: Standing<S>, cost: Cost<S>): Spread =>
  spread(ratios(standing, cost).map(ratio => 1 / ratio))

/** How often `one` costs what `other` costs, round by round, each measured by its own sample of the reference. */
export function quotient<S>(one: Standing<S>, other: Standing<S>, cost: Cost<S>): Spread {
  const others = ratios(other, cost)
  return spread(ratios(one, cost).map((ratio, round) => ratio / (others[round] ?? Number.NaN)))
}

/** How much more `one` costs than `other`, as if the reference had cost its median in every pair. */
export function difference<S>(one: Standing<S>, other: Standing<S>, cost: Cost<S>): Spread {
  const unit = median([...one.pairs, ...other.pairs].map(({ reference }) => cost(reference)))
  const others = ratios(other, cost)
  return spread(ratios(one, cost).map((ratio, round) => (ratio - (others[round] ?? Number.NaN)) * unit))
}

/** The share of the machine that went to other programs, over all pairs. */
export const disturbance = (standings: ReadonlyArray<Standing<unknown>>): Spread =>
  spread(standings.flatMap(({ pairs }) => pairs.map(({ disturbed }) => disturbed)))

export const faultsOf = ({ name, pairs }: Standing<{ readonly wrong: Wrong }>): readonly string[] =>
  pairs
    .flatMap(({ own, reference }) => [own.wrong, reference.wrong])
    .filter(wrong => Object.keys(wrong).length > 0)
    .map(wrong => `${name}, or nginx beside it, gave wrong answers: ${JSON.stringify(wrong)}`)

const ratios = <S>({ pairs }: Standing<S>, cost: Cost<S>): readonly number[] =>
  pairs.map(({ own, reference }) => cost(own) / cost(reference))
