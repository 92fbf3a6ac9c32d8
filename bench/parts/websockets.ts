// Websockets: CPU time for a message there and back, and memory for one that says nothing.
import { setTimeout as pause } from 'node:timers/promises'
import { conditions, costColumns, figureColumn } from '../columns.ts'
import { type Contestant, compete, gather, type Take } from '../contest.ts'
import { cpuUs, residentBytes } from '../cpu.ts'
import type { Pace } from '../pace.ts'
import { caddy } from '../peers/caddy.ts'
import { nginx } from '../peers/nginx.ts'
import type { Peer } from '../peers/peer.ts'
import { memoryVariants } from '../peers/variants.ts'
import { faultsOf, ratioOf } from '../standing.ts'
import { spread } from '../statistics.ts'
import { type Column, table } from '../table.ts'
import type { Wrong } from '../tally.ts'
import { openWebsockets, startEchoes } from '../websocket.ts'
import type { Circumstances, Findings } from './part.ts'

type Sample = { readonly cpuUs: number; readonly perSecond: number; readonly wrong: Wrong }
type Idle = { readonly name: string; readonly bytesEach: number }

const ECHOING = 32
const SETTLE_MS = 250

const cost = (sample: Sample): number => sample.cpuUs

export async function websockets({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const contestants = await gather(ground, [nginx, caddy, ...memoryVariants(shipped)])
  const standings = await compete(contestants, echo, pace)
  const idle: Idle[] = []
  for (const { name, peer } of contestants) idle.push({ name, bytesEach: await idleBytes(peer, pace) })
  const columns = [...costColumns('µs CPU', cost), figureColumn('measured/s', (sample: Sample) => sample.perSecond)]
  const ours = standings.find(isOurs)
  const oursIdle = idle.find(isOurs)
  return {
    title: 'Websockets',
    markdown: [
      `\n## A message of 4 KB there and back, on ${ECHOING} websockets\n`,
      table(columns, standings),
      conditions(standings),
      '## Memory of a websocket that says nothing\n',
      `By the resident memory of the process tree, between ${pace.websockets} and ${3 * pace.websockets} open ones.\n`,
      table(idleColumns, idle),
    ].join('\n'),
    figures: {
      ...(ours && { 'websocket echo': ratioOf(ours, cost) }),
      ...(oursIdle && { 'idle websocket': spread([oursIdle.bytesEach / 1024]) }),
    },
    faults: standings.flatMap(faultsOf),
  }
}

const isOurs = ({ name }: Pick<Contestant, 'name'>): boolean => name === 'Sallyport, memory'

const idleColumns: ReadonlyArray<Column<Idle>> = [
  { title: 'gateway', cell: ({ name }) => name },
  { title: 'KiB each', align: 'right', cell: ({ bytesEach }) => (bytesEach / 1024).toFixed(1) },
]

const echo: Take<Sample> = async (peer, ms) => {
  const load = startEchoes(await openWebsockets(peer, ECHOING))
  await pause(SETTLE_MS)
  load.begin()
  const before = cpuUs(peer.program.pid)
  await pause(ms)
  const { answers, seconds, wrong } = load.take()
  const spent = cpuUs(peer.program.pid) - before
  load.stop()
  return { cpuUs: spent / answers, perSecond: answers / seconds, wrong }
}

/** The first batch pays for what is made once, such as a larger heap; only what comes on top of it counts. */
async function idleBytes(peer: Peer, { websockets: count, settleMs }: Pace): Promise<number> {
  const first = await openWebsockets(peer, count)
  const before = await settledBytes(peer, settleMs / 5)
  const second = await openWebsockets(peer, 2 * count)
  const after = await settledBytes(peer, settleMs / 5)
  for (const socket of [...first, ...second]) socket.destroy()
  return (after - before) / (2 * count)
}

async function settledBytes({ program }: Peer, ms: number): Promise<number> {
  await pause(ms)
  return residentBytes(program.pid)
}
