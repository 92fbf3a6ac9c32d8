// How long people wait while a gateway is asked for 2,000 pages a second.
import { setTimeout as pause } from 'node:timers/promises'
import { browserRequest } from '../browser-request.ts'
import { askedAgain, conditions } from '../columns.ts'
import { compete, gather, type Standing, type Take } from '../contest.ts'
import { startPacedLoad } from '../load.ts'
import { apacheClientCookie, apacheServerCache } from '../peers/apache.ts'
import { nginx } from '../peers/nginx.ts'
import { sallyportVariants } from '../peers/variants.ts'
import { CONNECTIONS } from '../sample.ts'
import { faultsOf, medianOf } from '../standing.ts'
import { percentile, type Spread, spread } from '../statistics.ts'
import { type Column, table } from '../table.ts'
import type { Wrong } from '../tally.ts'
import { page } from '../upstream.ts'
import type { Circumstances, Findings } from './part.ts'

type Sample = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly wrong: Wrong
  readonly askedAgain: number
}

const PER_SECOND = 2000
const SETTLE_MS = 300

export async function latency({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const ours = sallyportVariants(shipped).filter(({ name }) => /^Sallyport, (?:memory|cookie|redis)$/.test(name))
  const contestants = await gather(ground, [nginx, apacheServerCache, apacheClientCookie, ...ours])
  const standings = await compete(contestants, take, pace)
  return {
    title: 'Waiting',
    markdown: [explanation, table(columns, standings), conditions(standings), askedAgain(standings)].join('\n'),
    figures: figuresOf(standings),
    faults: standings.flatMap(faultsOf),
  }
}

const explanation = `
${PER_SECOND} pages of 1 KB a second on ${CONNECTIONS} connections, however long the answers take: who finds no free connection waits, and that counts.
`

const p99 = (sample: Sample): number => sample.p99Ms

const columns: ReadonlyArray<Column<Standing<Sample>>> = [
  { title: 'gateway', cell: ({ name }) => name },
  { title: 'answered/s', align: 'right', cell: row => medianOf(row, sample => sample.perSecond).toFixed(0) },
  { title: 'p50 ms', align: 'right', cell: row => medianOf(row, sample => sample.p50Ms).toFixed(2) },
  { title: 'p99 ms', align: 'right', cell: row => medianOf(row, p99).toFixed(2) },
  { title: 'p99 of the rounds', align: 'right', cell: row => range(p99Spread(row)) },
]

const p99Spread = ({ pairs }: Standing<Sample>): Spread => spread(pairs.map(({ own }) => own.p99Ms))

const range = ({ min, max }: Spread): string => `${min.toFixed(2)}–${max.toFixed(2)}`

const take: Take<Sample> = async ({ base, host, port, cookies, program }, ms) => {
  const request = browserRequest({ path: `${base}/page`, host, cookies: await cookies() })
  const load = startPacedLoad({ port, request, body: page, connections: CONNECTIONS }, PER_SECOND)
  await pause(SETTLE_MS)
  load.begin()
  await pause(ms)
  const { answers, seconds, latenciesMs, wrong, askedAgain } = load.take()
  load.stop()
  program.takeOutput()
  const [p50Ms, p99Ms] = [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99)]
  return { perSecond: answers / seconds, p50Ms, p99Ms, wrong, askedAgain }
}

function figuresOf(standings: ReadonlyArray<Standing<Sample>>): Findings['figures'] & object {
  const ours = standings.find(({ name }) => name === 'Sallyport, memory')
  const theirs = standings.find(({ name }) => name === apacheServerCache.name)
  if (!ours || !theirs) return {}
  return { p99: spread(ours.pairs.map(({ own }, round) => own.p99Ms / (theirs.pairs[round]?.own.p99Ms ?? Number.NaN))) }
}
