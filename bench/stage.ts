// What a measurement has started is stopped when it ends, last first, whatever happened in between; also when somebody interrupts it.
import type { Test } from '../test/support/upstream.ts'

/** The part of a tap test that the support of tests asks for. */
export type Stage = Test

export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const undoings: Array<() => unknown> = []
  const interruption = Promise.withResolvers<never>()
  const interrupt = (signal: NodeJS.Signals) => interruption.reject(new Error(`interrupted by ${signal}`))
  for (const signal of signals) process.once(signal, interrupt)
  try {
    return await Promise.race([play({ teardown: undo => void undoings.unshift(undo) }), interruption.promise])
  } finally {
    for (const signal of signals) process.off(signal, interrupt)
    for (const undo of undoings) await undo()
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const
