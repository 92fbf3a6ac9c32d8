// `npm run bench:refresh`: three gateway processes, one Redis, a thousand sessions that expire together. Goal: one token call per session, no request that fails.
import { refreshStorm } from '../test/support/refresh-storm.ts'
import { startReplicas } from '../test/support/replicas.ts'
import { onStage } from './stage.ts'

const GATEWAYS = 3
const sessions = Number(process.argv[2] ?? 1000)
const spanMs = 5000 + sessions * 55

await onStage(async stage => {
  const storm = { sessions, rounds: 2, requestsPerGateway: 4 }
  const replicas = await startReplicas(stage, GATEWAYS)
  console.log(`${GATEWAYS} gateways, one Redis, ${sessions} sessions; all expire in ${spanMs / 1000} s`)
  const rounds = await refreshStorm(replicas, storm, spanMs)
  for (const [index, { requests, failed, tokenCalls, mostRefreshes, seconds }] of rounds.entries()) {
    console.log(`expiry ${index + 1}: ${requests} requests in ${seconds.toFixed(1)} s`)
    console.log(
      `  token calls per session  ${(tokenCalls / sessions).toFixed(3)} (goal 1.000, most for one ${mostRefreshes})`,
    )
    console.log(
      `  failed requests          ${failed.length} (goal 0)${failed.length > 0 ? `: ${[...new Set(failed)]}` : ''}`,
    )
  }
  const isGood = rounds.every(({ failed, tokenCalls }) => failed.length === 0 && tokenCalls === sessions)
  process.exitCode = isGood ? 0 : 1
})
