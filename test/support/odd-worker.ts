// A worker that does what its orders say, whatever that is: refuse, come late, never begin. Its report names the orders that it goes by.
import { existsSync } from 'node:fs'
import type { FromWorker, ToWorker } from '../../src/workers/messages.ts'
import { until } from './redis.ts'

export type Conduct = {
  readonly name: string
  /** The pids of those that do not agree to these orders. */
  readonly refusedBy?: readonly number[]
  /** The pids of those that never answer. */
  readonly lostOn?: readonly number[]
  /** The pids of those that answer when there is such a file. */
  readonly heldBy?: readonly number[]
  readonly file?: string
}

/** In the environment of a worker: the file that must be there before it begins. */
export const BEGINS_WITH = 'ODD_WORKER_BEGINS_WITH'

const MOST_MS = 60_000

function say(message: FromWorker): void {
  process.send?.(message)
}

const isThere = (file: string) => until(() => existsSync(file), MOST_MS)

let goesBy = ''

process.on('message', async (message: ToWorker) => {
  switch (message.kind) {
    case 'begin':
      goesBy = conductIn(message.orders).name
      await isThere(process.env[BEGINS_WITH] ?? import.meta.filename)
      return say({ kind: 'listening', at: { host: '127.0.0.1', port: 1 } })
    case 'reload':
      return reload(message.turn, conductIn(message.orders))
    case 'report':
      return say({ kind: 'report', report: { readiness: { ready: true, reasons: [goesBy] }, figures: [] } })
    case 'stop':
      return process.disconnect?.()
    default:
      throw message satisfies never
  }
})

const conductIn = ({ text }: { readonly text: string }): Conduct => JSON.parse(text)

async function reload(turn: number, { name, refusedBy, lostOn, heldBy, file = '' }: Conduct): Promise<void> {
  if (lostOn?.includes(process.pid)) return
  if (heldBy?.includes(process.pid)) await isThere(file)
  const done = !refusedBy?.includes(process.pid)
  if (done) goesBy = name
  say({ kind: 'reloaded', turn, done })
}
