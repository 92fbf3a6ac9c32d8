// The load generator: visitors who ask again as soon as they were answered, or so many requests a second, or a number of requests in all.
import { type Outcome, Tally } from './tally.ts'
import { type Aim, Visitor } from './visitor.ts'

export type Load = {
  /** Counts from now on. */
  begin(): void
  /** What came since it began to count. */
  take(): Outcome
  stop(): void
}

/** Everybody asks as fast as answers come. */
export function startLoad(aim: Aim): Load {
  const tally = new Tally()
  const visitors = gather(aim, tally, visitor => visitor.ask())
  return { begin: () => tally.begin(), take: () => tally.take(), stop: () => sendAway(visitors) }
}

/** So many requests a second, however long the answers take: who finds no free connection waits, and the waiting counts. */
export function startPacedLoad(aim: Aim, perSecond: number): Load {
  const tally = new Tally()
  const waiting: number[] = []
  const free: Visitor[] = []
  const serve = () => {
    while (waiting.length > 0 && free.length > 0) {
      const visitor = free.pop()
      if (visitor?.canAsk) visitor.ask(waiting.shift())
    }
  }
  const visitors = gather(aim, tally, visitor => {
    free.push(visitor)
    serve()
  })
  const began = performance.now()
  let asked = 0
  const timer = setInterval(() => {
    const now = performance.now()
    for (const due = ((now - began) * perSecond) / 1000; asked < due; asked++) waiting.push(now)
    serve()
  }, 1)
  return {
    begin: () => tally.begin(),
    take: () => tally.take(),
    stop() {
      clearInterval(timer)
      sendAway(visitors)
    },
  }
}

/** So many requests in all; resolves when the last one was answered. */
export function askInAll(aim: Aim, requests: number): Promise<Outcome> {
  return new Promise(resolve => {
    const tally = new Tally()
    let left = requests
    const visitors = gather(aim, tally, visitor => {
      if (left-- > 0) return void visitor.ask()
      const outcome = tally.take()
      const wrong = Object.values(outcome.wrong).reduce((sum, count) => sum + count, 0)
      if (outcome.answers + wrong < requests) return
      sendAway(visitors)
      resolve(outcome)
    })
  })
}

const gather = (aim: Aim, tally: Tally, free: (visitor: Visitor) => void): readonly Visitor[] =>
  Array.from({ length: aim.connections }, () => new Visitor(aim, tally, free))

function sendAway(visitors: readonly Visitor[]): void {
  for (const visitor of visitors) visitor.leave()
}
