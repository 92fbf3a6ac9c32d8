// `start`: run a configuration until told to stop. SIGHUP reads it again; SIGTERM and SIGINT finish what is in flight.
import { loadConfig, printProblems } from '../config/load.ts'
import type { Config } from '../core/settings.ts'
import { lastWords } from '../http/last-words.ts'
import { type LogOut, makeLog, makeSharedLog } from '../http/log.ts'
import { workersFor } from '../workers/count.ts'
import { WORKER_MARK } from '../workers/messages.ts'
import { readOption } from './options.ts'

export async function start(args: readonly string[]): Promise<number> {
  if (process.env[WORKER_MARK] !== undefined) return (await import('../workers/worker.ts')).work()
  const file = readOption(args, '--config')
  if (!file) {
    process.stderr.write('Usage: sallyport start --config FILE\n')
    return 2
  }
  const loaded = await loadConfig(file)
  if (!loaded.ok) {
    process.stderr.write(`${printProblems(file, loaded.problems)}\n`)
    return 1
  }
  const isCrew = workersFor(loaded.config.server) > 1
  const log = (isCrew ? makeSharedLog : makeLog)(loaded.config.log.level)
  for (const warning of loaded.warnings) log.warn({ warning }, 'configuration')
  lastWords(log)
  const { config, text } = loaded
  await untilStopped(isCrew ? openCrew({ file, text }, config, log) : openOne(file, config, log))
  return 0
}

type Source = { readonly file: string; readonly text: string }

// Each way loads only what it needs: who leads workers has no visitors.

const openCrew = async (source: Source, config: Config, log: LogOut): Promise<Running> =>
  (await import('../workers/crew-house.ts')).openCrewHouse(source, config, log)

async function openOne(file: string, config: Config, log: LogOut): Promise<Running> {
  const { reload, stop } = await (await import('../house.ts')).openHouse(config, { log })
  return { stop, reload: async () => reload(await loadConfig(file)) }
}

/** What signals are for. */
export type Running = { reload(): Promise<unknown>; stop(): Promise<void> }

/** Resolves when a signal to stop has come and the house is empty. Signals count from now on, even while the house is still opening. */
export async function untilStopped(opening: Running | Promise<Running>): Promise<void> {
  // Two reloads at once would race for the swap, so the second waits.
  let last: Promise<unknown> = Promise.resolve()
  const reload = () => {
    last = last.then(async () => (await opening).reload())
  }
  process.on('SIGHUP', reload)
  const stop = new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  const house = await opening
  await stop
  process.off('SIGHUP', reload)
  await house.stop()
}
