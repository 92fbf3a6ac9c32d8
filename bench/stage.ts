// What a measurement has started is stopped when it ends, last first, whatever happened in between; also when somebody interrupts it.
import type { Test } from '../test/support/upstream.ts'

/** The part of a tap test that the support of tests asks for. */
export type Stage = Test

type Undoings = Array<() => unknown>

const signals = ['SIGINT', 'SIGTERM'] as const
/** Those that are not over, the innermost last. A signal comes to the process, and so to all of them. */
const open: Undoings[] = []

export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const undoings: Undoings = []
  if (open.push(undoings) === 1) for (const signal of signals) process.on(signal, leave)
  try {
    return await play({ teardown: undo => void undoings.unshift(undo) })
  } finally {
    await undo(undoings)
    open.splice(open.indexOf(undoings), 1)
    if (open.length === 0) for (const signal of signals) process.off(signal, leave)
  }
}

async function leave(): Promise<void> {
  for (const undoings of open.toReversed()) await undo(undoings)
  process.exit(1)
}

async function undo(undoings: Undoings): Promise<void> {
  for (let next = undoings.shift(); next; next = undoings.shift()) await next()
}
