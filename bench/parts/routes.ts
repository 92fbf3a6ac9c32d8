// Many routes: what a request costs with ten of them, a thousand and ten thousand, and what finding the route alone takes.
import { conditions, costColumns } from '../columns.ts'
import { compete, gather } from '../contest.ts'
import type { Pace } from '../pace.ts'
import { nginx } from '../peers/nginx.ts'
import type { PeerKind } from '../peers/peer.ts'
import { startSallyport } from '../peers/sallyport.ts'
import { matchNs } from '../route-match.ts'
import { type Sample, takeSample } from '../sample.ts'
import { faultsOf, quotient } from '../standing.ts'
import { spread } from '../statistics.ts'
import { type Column, table } from '../table.ts'
import type { Circumstances, Findings } from './part.ts'

type Match = { readonly routes: number; readonly few: readonly number[]; readonly all: readonly number[] }

const MATCHES_PER_MS = 100
const FEW = 10

const cost = (sample: Sample): number => sample.cpuUs

export async function routes({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const kinds: readonly PeerKind[] = pace.routes.map(size => ({
    ...{ name: `Sallyport, ${size.toLocaleString('en')} routes`, needs: [] },
    start: ground => startSallyport(ground, { shipped, routes: size }),
  }))
  const contestants = await gather(ground, [nginx, ...kinds])
  const standings = await compete(contestants, takeSample, pace)
  const matches = pace.routes.map(size => matchesOf(size, pace))
  const [few, many] = [standings[1], standings.at(-1)]
  return {
    title: 'Routes',
    markdown: [
      '\n## Requests\n',
      table(costColumns('µs CPU', cost), standings),
      conditions(standings),
      '## Finding the route, in this process\n',
      table(matchColumns, matches),
    ].join('\n'),
    figures: {
      ...(few && many && { 'many routes': quotient(many, few, cost) }),
      'many routes, match': matchRatio(matches),
    },
    faults: standings.flatMap(faultsOf),
  }
}

const matchesOf = (routes: number, { rounds, sampleMs }: Pace): Match => ({
  routes,
  few: Array.from({ length: rounds }, () => matchNs({ routes, asked: FEW, matches: sampleMs * MATCHES_PER_MS })),
  all: Array.from({ length: rounds }, () => matchNs({ routes, asked: routes, matches: sampleMs * MATCHES_PER_MS })),
})

const matchColumns: ReadonlyArray<Column<Match>> = [
  { title: 'routes', align: 'right', cell: ({ routes }) => routes.toLocaleString('en') },
  { title: `ns, asking for ${FEW}`, align: 'right', cell: ({ few }) => spread(few).median.toFixed(0) },
  { title: 'ns, asking for all', align: 'right', cell: ({ all }) => spread(all).median.toFixed(0) },
]

function matchRatio(matches: readonly Match[]) {
  const [small, large] = [matches[0]?.few ?? [], matches.at(-1)?.few ?? []]
  return spread(large.map((ns, round) => ns / (small[round] ?? Number.NaN)))
}
