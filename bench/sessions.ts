// `npm run bench:sessions`: how much memory a gateway takes, empty and with 100,000 sessions in it. Goal: 190 MB of resident memory.
import { startApplication } from '../test/support/replicas.ts'
import type { Kind } from './crowd.ts'
import { compileCrowd, measureCrowd } from './crowded.ts'
import { onStage } from './stage.ts'

const GOAL_MB = 190
const SETTLE_MS = 10_000
const count = Number(process.argv[2] ?? 100_000)
const kinds: ReadonlyArray<readonly [Kind, string]> = [
  ['lean', 'ID token ES256, opaque access and refresh tokens'],
  ['usual', 'ID token RS256, opaque access and refresh tokens'],
  ['jwts', 'three JWTs, as Keycloak gives out'],
]

await onStage(async stage => {
  const upstream = await startApplication(stage)
  const folder = compileCrowd(stage)
  console.log(`Resident memory (VmRSS) of one gateway, empty and with ${count} sessions in memory; goal ${GOAL_MB} MB.`)
  console.log('It is put together as the command `start` does it, without the admin listener; the sessions are begun')
  console.log(`through its own session room, then a thousand visitors ask for a page, then ${SETTLE_MS / 1000} s pass.`)
  const rows: Record<string, Record<string, number>> = {}
  for (const [kind, words] of kinds) {
    const crowd = { folder, upstream, kind, count, flags: [], settleMs: SETTLE_MS }
    const { emptyMb, fullMb, seconds, failed } = await measureCrowd(stage, crowd)
    const bytesEach = Math.round(((fullMb - emptyMb) * 1e6) / count)
    rows[words] = { 'empty MB': Math.round(emptyMb), 'full MB': Math.round(fullMb), 'bytes each': bytesEach, failed }
    console.log(`${words}: filled in ${seconds.toFixed(0)} s`)
  }
  console.table(rows)
  const isGood = Object.values(rows).every(row => (row['full MB'] ?? 0) <= GOAL_MB && row.failed === 0)
  process.exitCode = isGood ? 0 : 1
})
