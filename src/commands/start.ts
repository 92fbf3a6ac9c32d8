// `start`: run a configuration until told to stop. SIGHUP reads it again; SIGTERM and SIGINT finish what is in flight.
import { loadConfig, printProblems } from '../config/load.ts'
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { type House, openHouse } from '../house.ts'
import { makeLog } from '../http/log.ts'
import { readOption } from './options.ts'

export async function start(args: readonly string[]): Promise<number> {
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
  const log = makeLog(loaded.config.log.level)
  for (const warning of loaded.warnings) log.warn({ warning }, 'configuration')
  lastWords(log)
  await untilStopped(openHouse(loaded.config, { log }), file)
  return 0
}

/** A fault that nobody caught ends the process, but not with Node's own report: the objects in it may carry tokens. */
function lastWords(log: Log): void {
  process.on('uncaughtException', error => {
    log.error({ error: describe(error) }, 'fault, the process ends')
    process.exit(70)
  })
}

/** Resolves when a signal to stop has come and the house is empty. Signals count from now on, even while the house is still opening. */
export async function untilStopped(opening: House | Promise<House>, file: string): Promise<void> {
  // Two reloads at once would race for the swap, so the second waits.
  let last: Promise<unknown> = Promise.resolve()
  const reload = () => {
    last = last.then(async () => (await opening).reload(await loadConfig(file)))
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
