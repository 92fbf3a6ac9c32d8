// One sample: so many seconds of load on one gateway, and what it cost.
import { setTimeout as pause } from 'node:timers/promises'
import { browserRequest } from './browser-request.ts'
import { cpuUs, residentBytes } from './cpu.ts'
import { startLoad } from './load.ts'
import type { Peer } from './peers/peer.ts'
import { percentile } from './statistics.ts'
import type { Outcome } from './tally.ts'
import { page } from './upstream.ts'

export type Sample = {
  readonly cpuUs: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly residentBytes: number
  readonly wrong: Outcome['wrong']
  readonly askedAgain: number
}

export const CONNECTIONS = 64
/** Until all connections stand and the first answers are in. */
const SETTLE_MS = 250

export async function takeSample(peer: Peer, ms: number): Promise<Sample> {
  const { program, port, host, base } = peer
  const request = browserRequest({ path: `${base}/page`, host, cookies: await peer.cookies() })
  const load = startLoad({ port, request, body: page, connections: CONNECTIONS })
  await pause(SETTLE_MS)
  load.begin()
  const before = cpuUs(program.pid)
  await pause(ms)
  const outcome = load.take()
  const spent = cpuUs(program.pid) - before
  const resident = residentBytes(program.pid)
  load.stop()
  program.takeOutput()
  return { ...summary(outcome, spent), residentBytes: resident }
}

function summary(
  { answers, seconds, latenciesMs, wrong, askedAgain }: Outcome,
  spent: number,
): Omit<Sample, 'residentBytes'> {
  return {
    cpuUs: spent / answers,
    perSecond: answers / seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    wrong,
    askedAgain,
  }
}
