// One worker as the foreman sees it: a process that is asked, answers, and ends.
import cluster, { type Worker } from 'node:cluster'
import type { Milliseconds } from '../core/duration.ts'
import type { Where } from '../http/listen.ts'
import { type FromWorker, type Orders, type Report, type ToWorker, WORKER_MARK } from './messages.ts'

export type End = { readonly code: number | null; readonly signal: string | null; readonly livedMs: Milliseconds }

export type Hand = {
  readonly pid: number
  readonly at: Where
  /** What it was told last, and has agreed to. */
  orders: Orders
  /** The last that was heard of it. */
  report: Report | undefined
  /** False when it could not, or is no more. */
  reload(orders: Orders): Promise<boolean>
  /** Undefined when it does not answer in time, or is no more. */
  ask(): Promise<Report | undefined>
  stop(): void
  kill(): void
  readonly ended: Promise<End>
}

/** It answers at once, unless it is stuck. */
const ANSWER_MS = 1000

/** Resolves when the new worker listens. Throws what it has to say when it cannot. */
export async function hire(orders: Orders): Promise<Hand> {
  const worker = cluster.fork({ [WORKER_MARK]: '1' })
  const startedAt = performance.now()
  const ended = new Promise<End>(resolve => {
    const end = (code: number | null, signal: string | null) => {
      resolve({ code, signal, livedMs: performance.now() - startedAt })
    }
    worker.on('exit', end)
    // A message that did not reach it says nothing that its end will not; a process that there never was has no end.
    worker.on('error', () => worker.process.pid === undefined && end(null, null))
  })
  const tell = (message: ToWorker): void => void (worker.isConnected() && worker.send(message))
  const heard = <K extends FromWorker['kind']>(...kinds: readonly K[]) => firstOf(worker, kinds)
  const began = heard('listening', 'failed')
  tell({ kind: 'begin', orders })
  const first = await began
  if (first?.kind !== 'listening')
    throw new Error(first?.why ?? `a worker ended with ${describeEnd(await ended)} at once`)
  const hand: Hand = {
    pid: worker.process.pid ?? 0,
    at: first.at,
    orders,
    report: undefined,
    ended,
    async reload(next) {
      const answer = heard('reloaded')
      tell({ kind: 'reload', orders: next })
      const done = (await answer)?.done === true
      if (done) hand.orders = next
      return done
    },
    async ask() {
      const answer = firstOf(worker, ['report'], ANSWER_MS)
      tell({ kind: 'report' })
      const report = (await answer)?.report
      hand.report = report ?? hand.report
      return report
    },
    stop: () => tell({ kind: 'stop' }),
    kill: () => worker.process.kill('SIGKILL'),
  }
  return hand
}

export const describeEnd = ({ code, signal }: End): string => (signal === null ? `code ${code}` : signal)

type Message<K> = Extract<FromWorker, { readonly kind: K }>

/** The next message of one of these kinds; undefined when the worker, or the time, ends before. */
function firstOf<K extends FromWorker['kind']>(
  worker: Worker,
  kinds: readonly K[],
  withinMs?: Milliseconds,
): Promise<Message<K> | undefined> {
  return new Promise(resolve => {
    const listen = (message: FromWorker) => {
      if (kinds.some(kind => kind === message.kind)) settle(message as Message<K>)
    }
    const giveUp = () => settle(undefined)
    const timer = withinMs === undefined ? undefined : setTimeout(giveUp, withinMs)
    const settle = (message: Message<K> | undefined) => {
      clearTimeout(timer)
      worker.off('message', listen).off('exit', giveUp)
      resolve(message)
    }
    worker.on('message', listen).on('exit', giveUp)
  })
}
