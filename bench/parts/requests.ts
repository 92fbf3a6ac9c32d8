// Pages of 1 KB for a browser that is signed in: CPU time for each, on every gateway.
import { type Bar, chart } from '../chart.ts'
import { askedAgain, conditions, costColumns, figureColumn } from '../columns.ts'
import { compete, gather, type Standing } from '../contest.ts'
import type { Pace } from '../pace.ts'
import { apache, apacheClientCookie, apacheServerCache } from '../peers/apache.ts'
import { caddy } from '../peers/caddy.ts'
import { httpProxy } from '../peers/http-proxy.ts'
import { nginx, nginxAuthRequest } from '../peers/nginx.ts'
import type { PeerKind } from '../peers/peer.ts'
import { sallyportVariants } from '../peers/variants.ts'
import { CONNECTIONS, type Sample, takeSample } from '../sample.ts'
import { difference, faultsOf, medianOf, quotient, ratioOf, shareOf } from '../standing.ts'
import { type Column, table } from '../table.ts'
import type { Circumstances, Figures, Findings } from './part.ts'

type Row = Standing<Sample>

const cpu = (sample: Sample): number => sample.cpuUs

export async function requests({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const others = [nginx, nginxAuthRequest, apache, caddy, httpProxy(shipped), apacheServerCache, apacheClientCookie]
  const contestants = await gather(ground, [...others, ...sallyportVariants(shipped)])
  const standings = await compete(contestants, takeSample, pace)
  return {
    title: 'Requests',
    markdown: [explanation(pace), table(columns, standings), conditions(standings), askedAgain(standings)].join('\n'),
    charts: { 'requests.svg': chart({ title, subtitle, bars: standings.map(barOf) }) },
    figures: figuresOf(standings),
    faults: standings.flatMap(faultsOf),
  }
}

const title = 'CPU time for one request, as a multiple of what nginx takes'
const subtitle = '1 KB pages, 64 connections, one core; line: smallest to largest ratio of all rounds'

const explanation = ({ rounds, sampleMs }: Pace): string => `
CPU time of the whole process tree for one answer of 1 KB to a browser's request of 13 headers, ${CONNECTIONS} kept-alive connections.
Median of ${rounds} rounds; each sample of ${sampleMs} ms comes right behind one of nginx, and the ratio is taken within such a pair.
Gateways with a login carry the session of a person and name that person to the application, which answers an error otherwise.
Only Sallyport writes an access log. "per core" is what the CPU time allows; "measured" is what this generator got out of it.
`

const columns: ReadonlyArray<Column<Row>> = [
  ...costColumns('µs CPU', cpu),
  { title: 'per core and s', align: 'right', cell: row => Math.round(1e6 / medianOf(row, cpu)).toLocaleString('en') },
  figureColumn('measured/s', sample => sample.perSecond),
  figureColumn('p50 ms', sample => sample.p50Ms, 1),
  figureColumn('p99 ms', sample => sample.p99Ms, 1),
  figureColumn('RSS MB', sample => sample.residentBytes / 1e6),
]

function barOf(row: Row): Bar {
  const { median: value, min, max } = ratioOf(row, cpu)
  const label = `${value.toFixed(1)} × (${medianOf(row, cpu).toFixed(0)} µs)`
  return { name: row.name, value, min, max, ours: row.name.startsWith('Sallyport'), label }
}

/** Requests per core against another gateway are the quotient of what each request costs the two. */
function figuresOf(rows: readonly Row[]): Figures {
  const find = (name: string) => rows.find(row => row.name === name)
  const [ours, cookie, bare] = ['memory', 'cookie', 'bare'].map(name => find(`Sallyport, ${name}`))
  const against = ({ name }: PeerKind, own = ours): Figures => {
    const other = find(name)
    return other && own ? { [name]: quotient(other, own, cpu) } : {}
  }
  return {
    ...(ours && { [nginx.name]: shareOf(ours, cpu) }),
    ...against(nginxAuthRequest),
    ...against(caddy),
    ...against(apacheServerCache),
    ...against(apacheClientCookie, cookie),
    ...(ours && bare && { authentication: difference(ours, bare, cpu) }),
  }
}
