// One remote document, kept: fetched once for all who ask, renewed when old, never lost to a failed renewal.
import type { Milliseconds } from '../core/duration.ts'

export type Kept<T> = {
  /** The document, fetched or renewed first when needed. Throws only when there is nothing to fall back on. */
  get(now: number): Promise<T>
  /** The document fetched anew; whoever asks meanwhile shares the one request. */
  renew(now: number): Promise<T>
  peek(): T | undefined
}

export type KeptLimits = {
  /** Younger than this it is not asked for again. */
  readonly freshMs: Milliseconds
  /** Older than this it does not stand in for a renewal that failed. */
  readonly staleMs: Milliseconds
  /** After a failed renewal, the time until the next. */
  readonly retryMs: Milliseconds
}

export function keep<T>(fetch: () => Promise<T>, limits: KeptLimits, onStale: (cause: unknown) => void): Kept<T> {
  let kept: { readonly value: T; readonly at: number } | undefined
  let underWay: Promise<T> | undefined
  let failedAt = Number.NEGATIVE_INFINITY

  async function fetchAndKeep(now: number): Promise<T> {
    const value = await fetch()
    kept = { value, at: now }
    return value
  }

  function renew(now: number): Promise<T> {
    underWay ??= fetchAndKeep(now).finally(() => {
      underWay = undefined
    })
    return underWay
  }

  async function renewOrFallBack(now: number, fallback: T): Promise<T> {
    try {
      return await renew(now)
    } catch (cause) {
      failedAt = now
      onStale(cause)
      return fallback
    }
  }

  return {
    async get(now) {
      if (!kept || now >= kept.at + limits.staleMs) return renew(now)
      if (now < kept.at + limits.freshMs || now < failedAt + limits.retryMs) return kept.value
      return renewOrFallBack(now, kept.value)
    },
    renew,
    peek: () => kept?.value,
  }
}
