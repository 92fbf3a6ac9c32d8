// What every comparison stands on: the application, a real provider, the cores.
import { randomBytes } from 'node:crypto'
import { startProvider } from '../test/support/provider.ts'
import { type Cores, stayOffTheGatewaysCore } from './machine.ts'
import { nginx } from './peers/nginx.ts'
import { type Ground, USER } from './peers/peer.ts'
import type { Stage } from './stage.ts'
import { startLeanUpstream } from './upstream.ts'

const DAY_SECONDS = 86_400

export type Wishes = {
  /** Words of the names of the gateways that are wanted; none: all of them. nginx is always there. */
  readonly only?: readonly string[]
  readonly cores?: Cores
}

export async function prepareGround(stage: Stage, { only = [], cores }: Wishes): Promise<Ground> {
  stayOffTheGatewaysCore(cores)
  const { port: upstream } = await startLeanUpstream(stage, USER)
  // Tokens that last, so that no sample has a refresh in it.
  const provider = await startProvider(stage, {
    clients: [{ clientId: 'bench', clientSecret: randomBytes(24).toString('hex') }],
    accessTokenSeconds: DAY_SECONDS,
  })
  const admits = (name: string) =>
    only.length === 0 || name === nginx.name || only.some(word => name.toLowerCase().includes(word.toLowerCase()))
  return { stage, cores, upstream, provider, admits }
}
