// `npm run soak:websockets`: ten thousand websockets open at once through one gateway. It needs more than 20,000 open files: `ulimit -n 45000`.
import { crowdOfWebsockets } from '../test/support/many-websockets.ts'

const count = Number(process.argv[2] ?? 10_000)
const undoings: Array<() => unknown> = []

try {
  const crowd = await crowdOfWebsockets({ teardown: undo => void undoings.unshift(undo) }, count)
  const megabytes = (bytes: number) => Math.round(bytes / 1e6)
  console.table({
    'open at once': crowd.open,
    'heard their own words': crowd.heard,
    'opened in s': Number((crowd.openingMs / 1000).toFixed(1)),
    'memory before, MB': megabytes(crowd.before),
    'memory with them, MB': megabytes(crowd.full),
    'bytes each': Math.round((crowd.full - crowd.before) / crowd.open),
    'others, answered': crowd.statuses.filter(status => status === 204).length,
    'others, not answered': crowd.statuses.filter(status => status !== 204).length,
    'others, slowest ms': Math.round(crowd.slowestMs),
    'files left open': crowd.leftOpen,
  })
  const isGood = crowd.open === count && crowd.heard === count && crowd.statuses.every(status => status === 204)
  process.exitCode = isGood ? 0 : 1
} finally {
  for (const undo of undoings) await undo()
}
