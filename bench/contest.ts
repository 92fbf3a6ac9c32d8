// Several gateways side by side: warmed up and verified, then round after round, each sample right behind one of nginx, and verified again.
import { missing } from '../test/support/services.ts'
import type { Pace } from './pace.ts'
import type { Ground, Peer, PeerKind } from './peers/peer.ts'
import { median, type Spread, spread } from './statistics.ts'
import { verify } from './verify.ts'

export type Contestant = { readonly name: string; readonly peer: Peer }

export type Pair<S> = { readonly own: S; readonly reference: S }
export type Standing<S> = { readonly name: string; readonly pairs: ReadonlyArray<Pair<S>> }

/** Starts those that this machine has, and names the others. */
export async function gather(ground: Ground, kinds: readonly PeerKind[]): Promise<readonly Contestant[]> {
  const contestants: Contestant[] = []
  for (const kind of kinds) {
    const [why] = kind.needs.map(missing).filter(reason => reason !== false)
    if (why !== undefined) {
      console.log(`  without ${kind.name}: ${why}`)
      continue
    }
    const peer = await kind.start(ground)
    await verify(kind.name, peer)
    contestants.push({ name: kind.name, peer })
  }
  return contestants
}

/** `take` measures one gateway for so many milliseconds. The first contestant is the reference of all. */
export async function compete<S>(
  contestants: readonly Contestant[],
  take: (peer: Peer, ms: number) => Promise<S>,
  { rounds, sampleMs, warmUpMs }: Pace,
): Promise<ReadonlyArray<Standing<S>>> {
  const [reference] = contestants
  if (!reference) return []
  for (const { name, peer } of contestants) {
    await take(peer, warmUpMs)
    console.log(`  ${name} is warm`)
  }
  const standings = contestants.map(({ name }) => ({ name, pairs: [] as Pair<S>[] }))
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { peer }] of contestants.entries()) {
      const first = await take(reference.peer, sampleMs)
      standings[index]?.pairs.push({ reference: first, own: await take(peer, sampleMs) })
    }
    console.log(`  round ${round} of ${rounds}`)
  }
  for (const { name, peer } of contestants) await verify(name, peer)
  return standings
}

/** How often it costs what the reference costs, by the pairs. */
export const ratioOf = <S>({ pairs }: Standing<S>, cost: (sample: S) => number): Spread =>
  spread(pairs.map(({ own, reference }) => cost(own) / cost(reference)))

/** How often `one` costs what `other` costs, round by round, each measured by its own sample of the reference. */
export function quotient<S>(one: Standing<S>, other: Standing<S>, cost: (sample: S) => number): Spread {
  const [ones, others] = [one, other].map(({ pairs }) => pairs.map(({ own, reference }) => cost(own) / cost(reference)))
  return spread((ones ?? []).map((ratio, round) => ratio / (others?.[round] ?? Number.NaN)))
}

export const medianOf = <S>({ pairs }: Standing<S>, value: (sample: S) => number): number =>
  median(pairs.map(({ own }) => value(own)))
