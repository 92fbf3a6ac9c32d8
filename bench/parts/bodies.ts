// Large bodies, down and up: CPU time for a megabyte.
import { browserRequest } from '../browser-request.ts'
import { conditions, costColumns, figureColumn } from '../columns.ts'
import { compete, gather, type Take } from '../contest.ts'
import { cpuUs } from '../cpu.ts'
import { askInAll } from '../load.ts'
import { apache } from '../peers/apache.ts'
import { caddy } from '../peers/caddy.ts'
import { nginx } from '../peers/nginx.ts'
import type { Peer } from '../peers/peer.ts'
import { memoryVariants } from '../peers/variants.ts'
import { faultsOf, ratioOf } from '../standing.ts'
import { table } from '../table.ts'
import type { Wrong } from '../tally.ts'
import { bodyOf } from '../upstream.ts'
import type { Aim } from '../visitor.ts'
import type { Circumstances, Figures, Findings } from './part.ts'

type Sample = { readonly cpuUsPerMb: number; readonly mbPerSecond: number; readonly wrong: Wrong }
type Way = 'down' | 'up'
type Transfer = { readonly way: Way; readonly bytes: number; readonly connections: number }

const transfers: readonly Transfer[] = [
  { way: 'down', bytes: 100_000, connections: 32 },
  { way: 'up', bytes: 100_000, connections: 32 },
  { way: 'down', bytes: 10_000_000, connections: 8 },
  { way: 'up', bytes: 10_000_000, connections: 8 },
]

/** About as much as a gateway moves in a millisecond. */
const BYTES_PER_MS = 200_000

export async function bodies({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const kinds = [nginx, apache, caddy, ...memoryVariants(shipped)]
  const contestants = await gather(ground, kinds)
  const tables: string[] = []
  const figures: Record<string, Figures[string]> = {}
  const faults: string[] = []
  for (const transfer of transfers) {
    const standings = await compete(contestants, takeOf(transfer), {
      ...pace,
      warmUpMs: pace.sampleMs,
      rounds: Math.min(3, pace.rounds),
    })
    const columns = [
      ...costColumns('µs CPU per MB', cost),
      figureColumn('MB/s', (sample: Sample) => sample.mbPerSecond),
    ]
    tables.push(`## ${nameOf(transfer)}\n`, table(columns, standings), conditions(standings))
    const ours = standings.find(({ name }) => name === 'Sallyport, memory')
    if (ours) figures[nameOf(transfer)] = ratioOf(ours, cost)
    faults.push(...standings.flatMap(faultsOf))
  }
  return { title: 'Bodies', markdown: `${explanation}\n${tables.join('\n')}`, figures, faults }
}

const explanation = `
CPU time of the whole process tree for a megabyte of 10^6 bytes that passes through; every body is compared byte by byte, uploads are counted.
nginx streams uploads as the others do (\`proxy_request_buffering off\`).
`

const cost = (sample: Sample): number => sample.cpuUsPerMb

const nameOf = ({ way, bytes }: Transfer): string =>
  `${bytes < 1e6 ? `${bytes / 1000} KB` : `${bytes / 1e6} MB`} ${way}`

const takeOf =
  (transfer: Transfer): Take<Sample> =>
  async (peer, ms) => {
    const aim = await aimAt(peer, transfer)
    const requests = Math.max(1, Math.round((ms * BYTES_PER_MS) / transfer.bytes))
    const before = cpuUs(peer.program.pid)
    const { wrong, answers, seconds } = await askInAll(aim, requests)
    const spent = cpuUs(peer.program.pid) - before
    peer.program.takeOutput()
    const megabytes = (answers * transfer.bytes) / 1e6
    return { cpuUsPerMb: spent / megabytes, mbPerSecond: megabytes / seconds, wrong }
  }

async function aimAt({ base, host, port, cookies }: Peer, { way, bytes, connections }: Transfer): Promise<Aim> {
  const asked = { host, cookies: await cookies() }
  const body = bodyOf(bytes)
  return way === 'down'
    ? { port, connections, body, request: browserRequest({ ...asked, path: `${base}/down-${bytes}` }) }
    : {
        ...{ port, connections, body: Buffer.from(`received ${bytes}`) },
        request: browserRequest({ ...asked, path: `${base}/up`, upload: body }),
      }
}
