// Pages of 1 KB for a browser that is signed in: CPU time for each, on every gateway.
import { type Bar, chart } from '../chart.ts'
import { compete, gather, medianOf, quotient, ratioOf, type Standing } from '../contest.ts'
import { apache, apacheClientCookie, apacheServerCache } from '../peers/apache.ts'
import { caddy } from '../peers/caddy.ts'
import { httpProxy } from '../peers/http-proxy.ts'
import { nginx, nginxAuthRequest } from '../peers/nginx.ts'
import type { PeerKind } from '../peers/peer.ts'
import { sallyportVariants } from '../peers/variants.ts'
import { CONNECTIONS, type Sample, takeSample } from '../sample.ts'
import type { Spread } from '../statistics.ts'
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
    markdown: `${explanation(pace.rounds, pace.sampleMs)}\n${table(columns, standings)}`,
    charts: { 'requests.svg': chart({ title, subtitle, bars: standings.map(barOf) }) },
    figures: figuresOf(standings),
    faults: standings.flatMap(faultsOf),
  }
}

const title = 'CPU time for one request, as a multiple of what nginx takes'
const subtitle = '1 KB pages, 64 connections, one core; line: smallest to largest ratio of all rounds'

const explanation = (rounds: number, ms: number): string => `
CPU time of the whole process tree for one answer of 1 KB to a browser's request of 13 headers, ${CONNECTIONS} kept-alive connections.
Median of ${rounds} rounds; each sample of ${ms} ms comes right behind one of nginx, and the ratio is taken within such a pair.
Rows with a login carry a session of a person and name that person to the application, which answers an error otherwise.
`

const columns: ReadonlyArray<Column<Row>> = [
  { title: 'gateway', cell: ({ name }) => name },
  { title: 'µs CPU', align: 'right', cell: row => medianOf(row, cpu).toFixed(1) },
  { title: '× nginx', align: 'right', cell: row => ratioOf(row, cpu).median.toFixed(2) },
  { title: 'min–max', align: 'right', cell: row => range(ratioOf(row, cpu)) },
  { title: 'per core and s', align: 'right', cell: row => Math.round(1e6 / medianOf(row, cpu)).toLocaleString('en') },
  {
    title: 'measured/s',
    align: 'right',
    cell: row => Math.round(medianOf(row, s => s.perSecond)).toLocaleString('en'),
  },
  { title: 'p50 ms', align: 'right', cell: row => medianOf(row, s => s.p50Ms).toFixed(1) },
  { title: 'p99 ms', align: 'right', cell: row => medianOf(row, s => s.p99Ms).toFixed(1) },
  { title: 'RSS MB', align: 'right', cell: row => (medianOf(row, s => s.residentBytes) / 1e6).toFixed(0) },
]

const range = ({ min, max }: Spread): string => `${min.toFixed(2)}–${max.toFixed(2)}`

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
    ...against(nginx),
    ...against(nginxAuthRequest),
    ...against(caddy),
    ...against(apacheServerCache),
    ...against(apacheClientCookie, cookie),
    ...(ours && bare && { authentication: difference(ours, bare) }),
  }
}

/** In microseconds, as if nginx had cost its median in every pair. */
function difference(one: Row, other: Row): Spread {
  const [ones, others] = [ratioOf(one, cpu), ratioOf(other, cpu)]
  const unit = medianOf(
    { name: 'nginx', pairs: one.pairs.map(({ reference }) => ({ own: reference, reference })) },
    cpu,
  )
  const at = (a: number, b: number): number => (a - b) * unit
  return { median: at(ones.median, others.median), min: at(ones.min, others.max), max: at(ones.max, others.min) }
}

const faultsOf = ({ name, pairs }: Row): readonly string[] =>
  pairs
    .filter(({ own }) => Object.keys(own.wrong).length > 0)
    .map(({ own }) => `${name} gave wrong answers: ${JSON.stringify(own.wrong)}`)
