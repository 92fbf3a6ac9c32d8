// Numbers for Prometheus. They outlive generations; label values come from configuration and closed unions only.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { Crowded } from './connections.ts'
import { type Outcome, routeName } from './log.ts'
import type { Figures } from './metrics-sum.ts'

export type Metrics = {
  request(outcome: Outcome): void
  refresh(provider: string, outcome: 'refreshed' | 'over' | 'unavailable'): void
  login(provider: string, outcome: 'started' | 'succeeded' | 'failed'): void
  /** Counted when asked for; undefined where a store cannot tell. */
  countSessions(count: () => number | undefined): void
  reload(outcome: 'done' | 'refused'): void
  /** Counted when asked for. */
  countStreams(byRoute: () => ReadonlyMap<string, number>): void
  streamClosed(reason: string): void
  connectionRefused(reason: Crowded): void
  workerEnded(): void
  /** Asked for when somebody looks. */
  measureDelay(lateMs: () => number): void
  readonly contentType: string
  text(): Promise<string>
  /** The same as values, to be added up with those of other processes. */
  figures(): Promise<Figures>
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function makeMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'sallyport_requests_total',
    help: 'Requests by route, decision, reason and status class',
    labelNames: ['route', 'decision', 'reason', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'sallyport_request_duration_seconds',
    help: 'Time to the end of the answer',
    labelNames: ['route'],
    buckets,
    registers,
  })
  const logins = new Counter({
    name: 'sallyport_logins_total',
    help: 'Logins by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers,
  })
  const refreshes = new Counter({
    name: 'sallyport_refreshes_total',
    help: 'Sessions refreshed, by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers,
  })
  const reloads = new Counter({
    name: 'sallyport_reloads_total',
    help: 'Configuration reloads by outcome',
    labelNames: ['outcome'],
    // Every worker reloads once.
    aggregator: 'max',
    registers,
  })
  const closed = new Counter({
    name: 'sallyport_streams_closed_total',
    help: 'Exchanges under way that were ended because they might not stay, by reason',
    labelNames: ['reason'],
    registers,
  })
  const refused = new Counter({
    name: 'sallyport_connections_refused_total',
    help: 'Connections closed at once because there are too many, by the bound that was met',
    labelNames: ['reason'],
    registers,
  })
  const workersEnded = new Counter({
    name: 'sallyport_workers_ended_total',
    help: 'Workers that ended without being told to',
    registers,
  })
  let streams: () => ReadonlyMap<string, number> = () => new Map()
  new Gauge({
    name: 'sallyport_open_streams',
    help: 'Exchanges under way for signed-in visitors, by route',
    labelNames: ['route'],
    registers,
    collect() {
      this.reset()
      for (const [route, count] of streams()) this.set({ route }, count)
    },
  })
  let lateMs: () => number = () => 0
  new Gauge({
    name: 'sallyport_event_loop_delay_seconds',
    help: 'How late the event loop is most of the time; beyond admin.eventLoopDelay this process is not ready',
    aggregator: 'max',
    registers,
    collect() {
      this.set(lateMs() / 1000)
    },
  })
  let sessions: () => number | undefined = () => undefined
  new Gauge({
    name: 'sallyport_sessions',
    help: 'Sessions kept by this process',
    registers,
    collect() {
      this.set(sessions() ?? Number.NaN)
    },
  })
  const counting = remember((labels: readonly string[]) => requests.labels(...labels))
  const timing = remember((labels: readonly string[]) => seconds.labels(...labels))
  return {
    request({ visit, status, ms }) {
      const { decision = 'none', reason = 'none' } = visit.trail
      const route = routeName(visit)
      const statusClass = `${Math.floor(status / 100)}xx`
      counting(`${route} ${decision} ${reason} ${statusClass}`, [route, decision, reason, statusClass]).inc()
      timing(route, [route]).observe(ms / 1000)
    },
    login: (provider, outcome) => logins.inc({ provider, outcome }),
    refresh: (provider, outcome) => refreshes.inc({ provider, outcome }),
    countSessions(count) {
      sessions = count
    },
    reload: outcome => reloads.inc({ outcome }),
    countStreams(byRoute) {
      streams = byRoute
    },
    streamClosed: reason => closed.inc({ reason }),
    measureDelay(measure) {
      lateMs = measure
    },
    connectionRefused: reason => refused.inc({ reason }),
    workerEnded: () => workersEnded.inc(),
    contentType: registry.contentType,
    text: () => registry.metrics(),
    figures: () => registry.getMetricsAsJSON(),
  }
}

/** What is counted under the same labels is looked up once: there are as many as the configuration and our own words make. */
function remember<Child>(
  childFor: (labels: readonly string[]) => Child,
): (key: string, labels: readonly string[]) => Child {
  const children = new Map<string, Child>()
  return (key, labels) => {
    const child = children.get(key) ?? childFor(labels)
    children.set(key, child)
    return child
  }
}
