// Who wants to know when sessions end. Listeners outlive a reload, whatever door they came in by.

export type EndedListener = (ids: ReadonlySet<string>) => void

export type EndedSignal = {
  /** Answers how to stop listening. */
  on(listener: EndedListener): () => void
  emit(ids: readonly string[]): void
  /** Called when word of an end may have been missed: whoever depends on sessions should look at them again. */
  onDoubt(listener: () => void): () => void
  doubt(): void
}

export function makeEndedSignal(): EndedSignal {
  const listeners = new Set<EndedListener>()
  const doubters = new Set<() => void>()
  return {
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    emit(ids) {
      if (ids.length === 0) return
      const ended = new Set(ids)
      for (const listener of listeners) listener(ended)
    },
    onDoubt(listener) {
      doubters.add(listener)
      return () => doubters.delete(listener)
    },
    doubt() {
      for (const listener of doubters) listener()
    },
  }
}
