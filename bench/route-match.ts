// What the one matcher takes for one request, measured in this process.
import type { Upstream } from '../src/core/route.ts'
import { routeTable } from '../src/core/route-table.ts'
import { readTarget, type Target } from '../src/core/target.ts'
import { testRoute } from '../test/support/front.ts'

const HOST = 'app.test'
const upstream: Upstream = {
  scheme: 'http',
  address: { host: '127.0.0.1', port: 9 },
  authority: '127.0.0.1:9',
  tls: {},
}

/** Nanoseconds for a match among so many routes, over `matches` requests to all of them in turn. */
export function matchNs(routes: number, matches: number): number {
  const paths = Array.from({ length: routes }, (_, index) => `/app-${index}`)
  const table = routeTable(
    paths.map(path => testRoute({ name: path.slice(1), path, upstream })),
    '/_sallyport',
  )
  const targets = paths.map(path => targetOf(`${path}/reports/page?year=2026`))
  const run = () => {
    for (let index = 0; index < matches; index++) {
      const target = targets[(index * 7919) % routes]
      if (target && table.match(HOST, 'GET', target)?.kind !== 'route') throw new Error('a route is not found')
    }
  }
  run()
  const before = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - before) / matches
}

function targetOf(path: string): Target {
  const reading = readTarget(path)
  if (!reading.ok) throw new Error(reading.problem.found)
  return reading.target
}
