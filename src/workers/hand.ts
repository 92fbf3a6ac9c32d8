// One worker as the foreman sees it: a process that is asked, answers, and ends. One that is late with what matters is made to.
import cluster, { type Worker } from 'node:cluster'
import type { Milliseconds } from '../core/duration.ts'
import type { Where } from '../http/listen.ts'
import { type FromWorker, type Orders, type Report, type ToWorker, WORKER_MARK } from './messages.ts'

export type End = { readonly code: number | null; readonly signal: string | null; readonly livedMs: Milliseconds }

/** `why`: what it has to say when it could not begin. Then it ends. */
export type Beginning = { readonly at: Where } | { readonly why: string }

export type Hand = {
  readonly pid: number
  readonly begun: Promise<Beginning>
  /** Whether it has begun: before that it has no visitors, and answers nobody. */
  readonly listens: boolean
  /** The last that was heard of it. */
  readonly report: Report | undefined
  /** False when it could not, is no more, or was so late that it had to be ended. */
  reload(orders: Orders): Promise<boolean>
  /** Undefined when it does not answer in time, or is no more. */
  ask(): Promise<Report | undefined>
  stop(): void
  kill(): void
  readonly ended: Promise<End>
}

/** How long a worker may take. */
export type Patience = { readonly beginMs: Milliseconds; readonly reloadMs: Milliseconds }

/** Much more than it takes on a busy machine: whoever is later is stuck. */
const PATIENCE: Patience = { beginMs: 60_000, reloadMs: 30_000 }

/** It answers at once, unless it is stuck. */
const ANSWER_MS = 1000

/** There is a process from now on, whether it begins or not. */
export function hire(orders: Orders, { beginMs, reloadMs }: Patience = PATIENCE): Hand {
  const worker = cluster.fork({ [WORKER_MARK]: '1' })
  const ended = endOf(worker)
  const tell = (message: ToWorker): void => void (worker.isConnected() && worker.send(message))
  const kill = (): void => void worker.process.kill('SIGKILL')
  let listens = false
  let report: Report | undefined
  let turns = 0

  const begin = async (): Promise<Beginning> => {
    const answer = firstOf(worker, beginningIn, beginMs)
    tell({ kind: 'begin', orders })
    const said = await answer
    listens = said !== undefined && 'at' in said
    if (!listens) kill()
    return said ?? { why: `a worker did not begin, and ended with ${describeEnd(await ended)}` }
  }
  return {
    pid: worker.process.pid ?? 0,
    begun: begin(),
    get listens() {
      return listens
    },
    get report() {
      return report
    },
    async reload(next) {
      const turn = ++turns
      const answer = firstOf(worker, message => doneIn(message, turn), reloadMs)
      tell({ kind: 'reload', turn, orders: next })
      const done = await answer
      // It might still do it, when nobody counts on it any more.
      if (done === undefined) kill()
      return done === true
    },
    async ask() {
      const answer = firstOf(worker, reportIn, ANSWER_MS)
      tell({ kind: 'report' })
      const said = await answer
      report = said ?? report
      return said
    },
    stop: () => (listens ? tell({ kind: 'stop' }) : kill()),
    kill,
    ended,
  }
}

export const describeEnd = ({ code, signal }: End): string => (signal === null ? `code ${code}` : signal)

function endOf(worker: Worker): Promise<End> {
  const startedAt = performance.now()
  return new Promise(resolve => {
    const end = (code: number | null, signal: string | null) => {
      resolve({ code, signal, livedMs: performance.now() - startedAt })
    }
    worker.on('exit', end)
    // A message that did not reach it says nothing that its end will not; a process that there never was has no end.
    worker.on('error', () => worker.process.pid === undefined && end(null, null))
  })
}

function beginningIn(message: FromWorker): Beginning | undefined {
  if (message.kind === 'listening') return { at: message.at }
  return message.kind === 'failed' ? { why: message.why } : undefined
}

const doneIn = (message: FromWorker, turn: number): boolean | undefined =>
  message.kind === 'reloaded' && message.turn === turn ? message.done : undefined

const reportIn = (message: FromWorker): Report | undefined => (message.kind === 'report' ? message.report : undefined)

/** What is found first in its messages; undefined when the worker, or the time, ends before. */
function firstOf<T>(
  worker: Worker,
  find: (message: FromWorker) => T | undefined,
  withinMs: Milliseconds,
): Promise<T | undefined> {
  return new Promise(resolve => {
    const listen = (message: FromWorker) => {
      const found = find(message)
      if (found !== undefined) settle(found)
    }
    const giveUp = () => settle(undefined)
    const timer = setTimeout(giveUp, withinMs)
    const settle = (found: T | undefined) => {
      clearTimeout(timer)
      worker.off('message', listen).off('exit', giveUp).off('error', giveUp)
      resolve(found)
    }
    worker.on('message', listen).on('exit', giveUp).on('error', giveUp)
  })
}
