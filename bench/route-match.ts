// What the one matcher takes for one request, measured in this process.
import type { Upstream } from '../src/core/route.ts'
import { routeTable } from '../src/core/route-table.ts'
import { readTarget, type Target } from '../src/core/target.ts'
import { testRoute } from '../test/support/front.ts'

const HOST = 'app.test'
/** A stride through them that no cache foresees. */
const PRIME = 7919
const upstream: Upstream = {
  scheme: 'http',
  address: { host: '127.0.0.1', port: 9 },
  authority: '127.0.0.1:9',
  tls: {},
}

export type Matching = {
  readonly routes: number
  /** How many of them are asked for, in turn: the fewer, the more of what they need is in the processor's cache. */
  readonly asked: number
  readonly matches: number
}

/** Nanoseconds of CPU time for one match. */
export function matchNs({ routes, asked, matches }: Matching): number {
  const paths = Array.from({ length: routes }, (_, index) => `/app-${index}`)
  const table = routeTable(
    paths.map(path => testRoute({ name: path.slice(1), path, upstream })),
    '/_sallyport',
  )
  const every = Math.floor(routes / asked)
  const targets = Array.from({ length: asked }, (_, index) => targetOf(`${paths[index * every]}/reports/page`))
  const run = () => {
    for (let index = 0; index < matches; index++) {
      const target = targets[(index * PRIME) % asked]
      if (target && table.match(HOST, 'GET', target)?.kind !== 'route') throw new Error('a route is not found')
    }
  }
  run()
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / matches
}

function targetOf(path: string): Target {
  const reading = readTarget(path)
  if (!reading.ok) throw new Error(reading.problem.found)
  return reading.target
}
