// The crew: so many workers on one listener. Whoever ends is replaced, and whatever one is told all are told.
import cluster from 'node:cluster'
import { setTimeout as pause } from 'node:timers/promises'
import type { Milliseconds } from '../core/duration.ts'
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Where } from '../http/listen.ts'
import { describeEnd, type Hand, hire } from './hand.ts'
import type { Orders, Report } from './messages.ts'
import { pauseAfter } from './pauses.ts'

export type Crew = {
  readonly listening: Where
  /** False when a worker could not: then no other was told. */
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
}

/** Resolves when all listen. Throws what one had to say that could not. */
export async function hireCrew({ count, orders, log, onLost }: CrewOrders): Promise<Crew> {
  cluster.setupPrimary({ serialization: 'advanced' })
  const hands = new Set<Hand>()
  const stopping = new AbortController()
  let inForce = orders

  const join = async (): Promise<Hand> => {
    const hand = await hire(inForce)
    hands.add(hand)
    log.info({ worker: hand.pid }, 'worker started')
    if (stopping.signal.aborted) hand.stop()
    // Orders may have changed while it was on its way.
    else if (hand.orders !== inForce) await hand.reload(inForce)
    return hand
  }
  /** How long the hand in this place lived; 0 when there was none to be had. */
  const watch = async (coming: Promise<Hand>): Promise<Milliseconds> => {
    const hand = await coming.catch(error => log.error({ error: describe(error) }, 'no worker to be had'))
    if (!hand) return 0
    const end = await hand.ended
    hands.delete(hand)
    if (stopping.signal.aborted) return 0
    log.error({ worker: hand.pid, ended: describeEnd(end) }, 'worker lost')
    onLost(hand.report)
    return end.livedMs
  }
  const keepPlace = async (first: Hand): Promise<void> => {
    let pauseMs = pauseAfter(await watch(Promise.resolve(first)), 0)
    while (!stopping.signal.aborted) {
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      if (!stopping.signal.aborted) pauseMs = pauseAfter(await watch(join()), pauseMs)
    }
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

  const places: Promise<void>[] = []
  const coming = await Promise.allSettled(Array.from({ length: count }, join))
  const missing = coming.find(hand => hand.status === 'rejected')
  const [first] = hands
  if (missing || !first) {
    await stop(0)
    throw missing?.reason
  }
  places.push(...Array.from(hands, keepPlace))
  return {
    listening: first.at,
    async reload(next) {
      const [ahead, ...rest] = hands
      if (!ahead || !(await ahead.reload(next))) return false
      inForce = next
      await Promise.all(rest.map(hand => hand.reload(next)))
      return true
    },
    reports: () => Promise.all(Array.from(hands, hand => hand.ask())),
    stop,
  }
}
