// The numbers of several processes, added up. What one that has ended had counted stays counted: a counter never falls.
import { Registry } from '@prometheus-io/client'

/** Of one process; plain values that can be sent from one to another. */
export type Figures = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

export type Ledger = {
  /** Of a process that ended: the last that was heard of it. */
  close(figures: Figures): Promise<void>
  /** For Prometheus: these, and those that have ended. */
  text(living: readonly Figures[]): Promise<string>
}

export function keepLedger(): Ledger {
  let ended: Figures = []
  return {
    async close(figures) {
      ended = await Registry.aggregate([ended, figures.filter(isCounted)]).getMetricsAsJSON()
    },
    text: living => Registry.aggregate([...living, ended]).metrics(),
  }
}

/** What is measured at a moment goes with whom it was measured at; what was counted has happened. */
const isCounted = ({ type }: Figures[number]): boolean => String(type) === 'counter' || String(type) === 'histogram'
