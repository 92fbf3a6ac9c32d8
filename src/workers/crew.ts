// The crew: so many workers on one listener. Whoever ends is replaced, and whatever one is told all are told, or replaced.
import cluster from 'node:cluster'
import { setTimeout as pause } from 'node:timers/promises'
import type { Milliseconds } from '../core/duration.ts'
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Where } from '../http/listen.ts'
import { describeEnd, type Hand, hire, type Patience } from './hand.ts'
import type { Orders, Report } from './messages.ts'
import { pauseAfter } from './pauses.ts'

export type Crew = {
  readonly listening: Where
  /** Resolves when nobody goes by the old orders any more. False when the worker that tries first could not: then no other was told. */
  reload(orders: Orders): Promise<boolean>
  /** What each worker that there is says of itself; undefined for one that does not answer. */
  reports(): Promise<ReadonlyArray<Report | undefined>>
  /** Resolves when the last worker has gone; those who have not by then are made to. */
  stop(withinMs: Milliseconds): Promise<void>
}

export type CrewOrders = {
  readonly count: number
  readonly orders: Orders
  readonly log: Log
  /** One ended that was not told to; `report` is the last that was heard of it. */
  onLost(report: Report | undefined): void
  readonly patience?: Patience
}

type Joined = { readonly hand: Hand; readonly at: Where }

/** Resolves when all listen. Throws what one had to say that could not. */
export async function hireCrew({ count, orders, log, onLost, patience }: CrewOrders): Promise<Crew> {
  cluster.setupPrimary({ serialization: 'advanced' })
  // From the fork on: whoever has not begun has orders as well, and has to go at a stop.
  const hands = new Set<Hand>()
  const stopping = new AbortController()
  let inForce = orders

  const join = async (): Promise<Joined> => {
    const hand = hire(inForce, patience)
    hands.add(hand)
    hand.ended.then(() => hands.delete(hand))
    const beginning = await hand.begun
    if ('why' in beginning) throw new Error(beginning.why)
    log.info({ worker: hand.pid }, 'worker started')
    return { hand, at: beginning.at }
  }
  /** How long the hand in this place lived; 0 when there was none to be had. */
  const watch = async (coming: Promise<Joined>): Promise<Milliseconds> => {
    const joined = await coming.catch(error => {
      if (!stopping.signal.aborted) log.error({ error: describe(error) }, 'no worker to be had')
    })
    if (!joined) return 0
    const { hand } = joined
    const end = await hand.ended
    if (stopping.signal.aborted) return 0
    log.error({ worker: hand.pid, ended: describeEnd(end) }, 'worker lost')
    onLost(hand.report)
    return end.livedMs
  }
  const keepPlace = async (first: Joined): Promise<void> => {
    let pauseMs = pauseAfter(await watch(Promise.resolve(first)), 0)
    while (!stopping.signal.aborted) {
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (!stopping.signal.aborted) pauseMs = pauseAfter(await watch(join()), pauseMs)
    }
  }
  /** Whoever cannot is replaced by one that begins with the orders in force. */
  const follow = async (hand: Hand): Promise<void> => {
    await hand.begun
    if (!hand.listens || (await hand.reload(inForce)) || stopping.signal.aborted) return
    log.error({ worker: hand.pid }, 'a worker could not reload, it is replaced')
    hand.kill()
  }
  const stop = async (withinMs: Milliseconds): Promise<void> => {
    stopping.abort()
    for (const hand of hands) hand.stop()
    const late = setTimeout(() => {
      for (const hand of hands) hand.kill()
    }, withinMs)
    await Promise.all([...places, ...Array.from(hands, hand => hand.ended)])
    clearTimeout(late)
  }

  const listening = () => Array.from(hands).filter(hand => hand.listens)
  const places: Promise<void>[] = []
  const coming = await Promise.allSettled(Array.from({ length: count }, join))
  const missing = coming.find(hand => hand.status === 'rejected')
  const joined = coming.flatMap(hand => (hand.status === 'fulfilled' ? [hand.value] : []))
  const [first] = joined
  if (missing || !first) {
    await stop(0)
    throw missing?.reason
  }
  places.push(...joined.map(keepPlace))
  return {
    listening: first.at,
    async reload(next) {
      const [ahead] = listening()
      if (!ahead || !(await ahead.reload(next))) return false
      inForce = next
      // Those that there are now: some may have been hired, with the old orders, since the first one was asked.
      await Promise.all(Array.from(hands, hand => hand !== ahead && follow(hand)))
      return true
    },
    reports: () => Promise.all(listening().map(hand => hand.ask())),
    stop,
  }
}
