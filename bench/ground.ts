// What every comparison stands on: the application, a real provider, the cores.
import { randomBytes } from 'node:crypto'
import { startProvider } from '../test/support/provider.ts'
import { chooseCores, stayOffTheGatewaysCore } from './machine.ts'
import { type Ground, USER } from './peers/peer.ts'
import type { Stage } from './stage.ts'
import { startLeanUpstream } from './upstream.ts'

const DAY_SECONDS = 86_400

export async function prepareGround(stage: Stage): Promise<Ground> {
  const cores = chooseCores()
  stayOffTheGatewaysCore(cores)
  const { port: upstream } = await startLeanUpstream(stage, USER)
  // Tokens that last, so that no sample has a refresh in it.
  const provider = await startProvider(stage, {
    clients: [{ clientId: 'bench', clientSecret: randomBytes(24).toString('hex') }],
    accessTokenSeconds: DAY_SECONDS,
  })
  return { stage, cores, upstream, provider }
}
