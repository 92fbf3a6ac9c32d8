// Several gateways side by side: warmed up and verified, then round after round, each sample right behind one of nginx, and verified again.
import { missing } from '../test/support/services.ts'
import { watchOthers } from './disturbance.ts'
import type { Pace } from './pace.ts'
import type { Ground, Peer, PeerKind } from './peers/peer.ts'
import { verify } from './verify.ts'

export type Contestant = { readonly name: string; readonly peer: Peer }

/** `disturbed` is the share of the machine that other programs took meanwhile. */
export type Pair<S> = { readonly own: S; readonly reference: S; readonly disturbed: number }
export type Standing<S> = { readonly name: string; readonly pairs: ReadonlyArray<Pair<S>> }

/** Measures one gateway for about so many milliseconds. */
export type Take<S> = (peer: Peer, ms: number) => Promise<S>

/** Above this share of the machine for others, a pair is taken once more, as long as the pace allows it, and the quieter one counts. */
const QUIET = 0.03

/** Starts those that are wanted and that this machine has, and names the others. */
export async function gather(ground: Ground, kinds: readonly PeerKind[]): Promise<readonly Contestant[]> {
  const contestants: Contestant[] = []
  for (const kind of kinds.filter(({ name }) => ground.admits(name))) {
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

/** The first contestant is the reference of all. */
export async function compete<S>(
  contestants: readonly Contestant[],
  take: Take<S>,
  { rounds, sampleMs, warmUpMs, retries }: Pace,
): Promise<ReadonlyArray<Standing<S>>> {
  const [reference] = contestants
  if (!reference) return []
  for (const { peer } of contestants) await take(peer, warmUpMs)
  const standings = contestants.map(({ name }) => ({ name, pairs: [] as Pair<S>[] }))
  let retriesLeft = Math.floor(contestants.length * rounds * retries)
  for (let round = 1; round <= rounds; round++) {
    for (const [index, { peer }] of contestants.entries()) {
      const pair = () => takePair(peer, reference.peer, take, sampleMs)
      const first = await pair()
      const isRetried = first.disturbed > QUIET && retriesLeft-- > 0
      standings[index]?.pairs.push(isRetried ? quieter(first, await pair()) : first)
    }
    console.log(`  round ${round} of ${rounds}`)
  }
  for (const { name, peer } of contestants) await verify(name, peer)
  return standings
}

async function takePair<S>(peer: Peer, reference: Peer, take: Take<S>, ms: number): Promise<Pair<S>> {
  const others = watchOthers()
  const first = await take(reference, ms)
  return { reference: first, own: await take(peer, ms), disturbed: others() }
}

const quieter = <S>(one: Pair<S>, other: Pair<S>): Pair<S> => (one.disturbed <= other.disturbed ? one : other)
