// What a measurement has started is stopped when it ends, last first, whatever happened in between.
import type { Test } from '../test/support/upstream.ts'

/** The part of a tap test that the support of tests asks for. */
export type Stage = Test

export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const undoings: Array<() => unknown> = []
  try {
    return await play({ teardown: undo => void undoings.unshift(undo) })
  } finally {
    for (const undo of undoings) await undo()
  }
}
