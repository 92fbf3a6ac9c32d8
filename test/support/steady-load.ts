// People who keep asking, each one request after the other, while something happens; and what they were answered meanwhile.
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from './browser.ts'

export type Tally = {
  answered: number
  /** 401: somebody who was signed in is so no more. */
  lost: number
  /** Whatever else came instead of an answer, in words, and how often. */
  readonly failures: Record<string, number>
  slowestMs: number
}

export type Load = {
  /** Counts from the beginning of `act` until everybody has been answered once more after its end. */
  during(act: () => unknown): Promise<Tally>
  stop(): Promise<void>
}

const PAUSE_MS = 60
const LONGEST_MS = 15_000

export function keepAsking(people: readonly Browser[]): Load {
  const finished = people.map(() => -Infinity)
  let tally = emptyTally()
  let isGoing = true
  let asked = 0
  const person = async (browser: Browser, index: number) => {
    while (isGoing) {
      const began = performance.now()
      const page = browser.fetch(`/${++asked}`).catch((error: Error) => error.message)
      note(tally, await Promise.race([page, pause(LONGEST_MS, 'no answer in time', { ref: false })]))
      tally.slowestMs = Math.max(tally.slowestMs, Math.round(performance.now() - began))
      finished[index] = began
      await pause(PAUSE_MS)
    }
  }
  const everybody = Promise.all(people.map(person))
  return {
    async during(act) {
      tally = emptyTally()
      await act()
      const ended = performance.now()
      while (finished.some(began => began < ended)) await pause(20)
      return tally
    },
    async stop() {
      isGoing = false
      await everybody
    },
  }
}

const emptyTally = (): Tally => ({ answered: 0, lost: 0, failures: {}, slowestMs: 0 })

function note(tally: Tally, page: Page | string): void {
  if (typeof page !== 'string' && page.status === 200) tally.answered++
  else if (typeof page !== 'string' && page.status === 401) tally.lost++
  else {
    const words = typeof page === 'string' ? page : `${page.status} ${/"code":"([^"]*)"/.exec(page.body)?.[1]}`
    tally.failures[words] = (tally.failures[words] ?? 0) + 1
  }
}
