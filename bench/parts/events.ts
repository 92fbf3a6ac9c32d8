// Server-sent events: CPU time for one event on its way to one reader.
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { browserRequest } from '../browser-request.ts'
import { conditions, costColumns, figureColumn } from '../columns.ts'
import { compete, gather, type Take } from '../contest.ts'
import { cpuUs } from '../cpu.ts'
import { EVENTS_PER_SECOND } from '../events.ts'
import { caddy } from '../peers/caddy.ts'
import { nginx } from '../peers/nginx.ts'
import type { Peer } from '../peers/peer.ts'
import { memoryVariants } from '../peers/variants.ts'
import { table } from '../table.ts'
import type { Circumstances, Findings } from './part.ts'

type Sample = { readonly cpuUs: number; readonly perSecond: number }

const READERS = 100
const SETTLE_MS = 500

const cost = (sample: Sample): number => sample.cpuUs

export async function events({ ground, shipped, pace }: Circumstances): Promise<Findings> {
  const contestants = await gather(ground, [nginx, caddy, ...memoryVariants(shipped)])
  const standings = await compete(contestants, read, pace)
  const columns = [...costColumns('µs CPU', cost), figureColumn('arrived/s', (sample: Sample) => sample.perSecond)]
  return { title: 'Events', markdown: [explanation, table(columns, standings), conditions(standings)].join('\n') }
}

const explanation = `
${READERS} readers of an event stream, each of which gets ${EVENTS_PER_SECOND} events of 120 bytes a second.
`

const read: Take<Sample> = async (peer, ms) => {
  const cookies = await peer.cookies()
  let arrived = 0
  const sockets = Array.from({ length: READERS }, () => listen(peer, cookies, count => (arrived += count)))
  await pause(SETTLE_MS)
  arrived = 0
  const before = { cpu: cpuUs(peer.program.pid), at: performance.now() }
  await pause(ms)
  const seconds = (performance.now() - before.at) / 1000
  const spent = cpuUs(peer.program.pid) - before.cpu
  for (const socket of sockets) socket.destroy()
  return { cpuUs: spent / arrived, perSecond: arrived / seconds }
}

/** Two line ends in a row are the end of an event, and appear nowhere else on this wire. */
function listen({ port, host, base }: Peer, cookies: string | undefined, tell: (count: number) => void): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let endsOpen = false
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    let count = endsOpen && chunk[0] === 10 ? 1 : 0
    for (let at = chunk.indexOf('\n\n'); at >= 0; at = chunk.indexOf('\n\n', at + 2)) count++
    endsOpen = chunk.at(-1) === 10 && chunk.at(-2) !== 10 && chunk.at(-2) !== 13
    tell(count)
  })
  socket.write(browserRequest({ path: `${base}/events`, host, cookies }))
  return socket
}
