// One worker: the floors of a house on a listener that it shares, told by the foreman what to do. Signals are the foreman's business.
import cluster from 'node:cluster'
import { readConfig } from '../config/load.ts'
import { describe } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { type Floors, openFloors } from '../floors.ts'
import { lastWords } from '../http/last-words.ts'
import { makeSharedLog } from '../http/log.ts'
import type { FromWorker, Orders, ToWorker } from './messages.ts'

/** Resolves when this worker has been told to stop, or its foreman is gone, and the last visitor has left. */
export async function work(): Promise<number> {
  // Else Node would end this process with its foreman's, in the middle of everything.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
  // A terminal and a service manager signal the whole group.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const orders = await beginning()
  try {
    const floors = await open(orders)
    await tell({ kind: 'listening', at: floors.listening })
    await untilTold(floors)
    await floors.stop()
    return 0
  } catch (error) {
    await tell({ kind: 'failed', why: describe(error) })
    return 1
  } finally {
    if (process.connected) process.disconnect?.()
  }
}

/** Resolves when it is on its way. */
const tell = (message: FromWorker): Promise<void> =>
  new Promise(resolve => {
    if (process.connected && process.send) process.send(message, () => resolve())
    else resolve()
  })

function beginning(): Promise<Orders> {
  return new Promise(resolve => {
    const listen = (message: ToWorker) => {
      if (message.kind !== 'begin') return
      process.off('message', listen)
      resolve(message.orders)
    }
    process.on('message', listen)
  })
}

async function open({ text, folder, spareKey }: Orders): Promise<Floors> {
  const loaded = await readConfig(text, { env: process.env, folder })
  if (!loaded.ok) throw new Error('the configuration has become unreadable since it was checked')
  const log = makeSharedLog(loaded.config.log.level)
  lastWords(log)
  return openFloors(loaded.config, { log, spareKey: new Secret(spareKey) })
}

type ToReload = Extract<ToWorker, { readonly kind: 'reload' }>

/** Without its foreman nobody would tell a worker to stop. */
function untilTold(floors: Floors): Promise<void> {
  // Two reloads at once would race for the swap, so the second waits.
  let last: Promise<unknown> = Promise.resolve()
  return new Promise(resolve => {
    process.on('disconnect', resolve)
    process.on('message', async (message: ToWorker) => {
      switch (message.kind) {
        case 'begin':
          return
        case 'reload':
          last = last.then(() => reload(floors, message))
          return last
        case 'report':
          return tell({
            kind: 'report',
            report: { readiness: floors.readiness(), figures: await floors.metrics.figures() },
          })
        case 'stop':
          return resolve()
        default:
          throw message satisfies never
      }
    })
  })
}

async function reload(floors: Floors, { turn, orders: { text, folder } }: ToReload): Promise<void> {
  const done = await floors.reload(await readConfig(text, { env: process.env, folder }))
  await tell({ kind: 'reloaded', turn, done })
}
