// A house with several workers: they have the public listener, the desk for all of them is here.
import { generateKeyPairSync } from 'node:crypto'
import { folderOf, type LoadResult, loadConfig } from '../config/load.ts'
import type { Log } from '../core/log.ts'
import type { Config } from '../core/settings.ts'
import { notShared } from '../core/shared-store.ts'
import { setUpDesk } from '../desk.ts'
import type { Readiness } from '../http/admin.ts'
import { clearWay, listen } from '../http/listen.ts'
import { makeMetrics } from '../http/metrics.ts'
import { type Figures, keepLedger } from '../http/metrics-sum.ts'
import { makeSessions } from '../session/sessions.ts'
import { workersFor } from './count.ts'
import { hireCrew } from './crew.ts'
import type { Orders, Report } from './messages.ts'

export type CrewHouse = {
  /** Reads the file again, for everybody. */
  reload(): Promise<void>
  stop(): Promise<void>
}

/** Beyond the time that a worker itself takes for its visitors. */
const FAREWELL_MS = 10_000

export type Source = {
  readonly file: string
  /** What the configuration was read from. */
  readonly text: string
}

export async function openCrewHouse({ file, text }: Source, config: Config, log: Log): Promise<CrewHouse> {
  const ordersFor = (text: string): Orders => ({ text, folder: folderOf(file), spareKey })
  const spareKey = makeSpareKey()
  const [metrics, ledger] = [makeMetrics(), keepLedger()]
  // Workers that come at the same time would remove each other's.
  await clearWay(config.server.listen)
  const crew = await hireCrew({
    count: workersFor(config.server),
    orders: ordersFor(text),
    log,
    onLost(report) {
      metrics.workerEnded()
      if (report) void ledger.close(report.figures)
    },
  })
  let current = config
  let stopping = false
  // Nobody visits here, but whom the desk is asked about has a session in the store that all share.
  let sessions = makeSessions(config.session, log, config.server.limits.headerBytes)
  const desk = await setUpDesk({
    numbers: {
      contentType: metrics.contentType,
      text: async () => ledger.text([await metrics.figures(), ...figuresOf(await crew.reports())]),
    },
    readiness: async () => (stopping ? { ready: false, reasons: ['stopping'] } : readinessOf(await crew.reports())),
    administration: {
      key: () => current.admin.key,
      sessions: () => sessions,
      canList: () => current.session.store.type !== 'cookie',
      log,
      now: Date.now,
    },
  })
  const close = async () => {
    stopping = true
    await crew.stop(current.server.drainMs + FAREWELL_MS)
    await desk.close()
    await sessions.close()
  }
  const admin = await listen(desk.server, config.admin.listen).catch(async error => {
    await close()
    throw error
  })
  log.info(
    { listening: crew.listening, admin, workers: workersFor(config.server), routes: config.routes.length },
    'listening',
  )
  return {
    async reload() {
      const loaded = await loadConfig(file)
      const problem = reloadProblem(loaded)
      const done = loaded.ok && !problem && (await crew.reload(ordersFor(loaded.text)))
      metrics.reload(done ? 'done' : 'refused')
      if (!done) return log.error(problem ?? {}, 'reload refused, the old configuration stays')
      current = loaded.config
      sessions = sessions.renew(current.session)
      log.info({ routes: current.routes.length }, 'reloaded')
    },
    async stop() {
      log.info({}, 'stopping')
      await close()
      log.info({}, 'stopped')
    },
  }
}

const makeSpareKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** Why this cannot be had while there are several workers; undefined when it can. */
function reloadProblem(loaded: LoadResult) {
  if (!loaded.ok) return { problems: loaded.problems }
  const found = notShared(loaded.config.session.store)
  return found === undefined ? undefined : { found }
}

const figuresOf = (reports: ReadonlyArray<Report | undefined>): readonly Figures[] =>
  reports.flatMap(report => (report ? [report.figures] : []))

/** One that is no more is being replaced, and the others serve; one that does not answer is still given visitors. */
function readinessOf(reports: ReadonlyArray<Report | undefined>): Readiness {
  const said = reports.flatMap(report => report?.readiness.reasons ?? ['a worker does not answer'])
  const reasons = reports.length === 0 ? ['there is no worker'] : [...new Set(said)]
  return { ready: reasons.length === 0, reasons }
}
