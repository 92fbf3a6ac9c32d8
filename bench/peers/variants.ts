// Sallyport in the ways it can be run: one for every store, its forwarding alone, and the lane that is not the default.
import type { Settings } from '../../test/support/gate.ts'
import { inMemory, startRedis } from '../../test/support/redis.ts'
import { urlOf } from '../../test/support/replicas.ts'
import type { Shipped } from '../shipped.ts'
import type { PeerKind } from './peer.ts'
import { startBareSallyport, startSallyport } from './sallyport.ts'

const otherLane = 'undici'

/** `flags` are more of them for Node. */
export function sallyportVariants(shipped: Shipped, flags: readonly string[] = []): readonly PeerKind[] {
  return [...stores(shipped, flags, {}), ...lanes(shipped, flags)]
}

/** Those who know people, with sessions in memory, as most people run it; in each of its lanes. */
export const memoryVariants = (shipped: Shipped): readonly PeerKind[] =>
  sallyportVariants(shipped).filter(({ name }) => name.startsWith('Sallyport, memory'))

function stores(shipped: Shipped, flags: readonly string[], route: Settings): readonly PeerKind[] {
  const variant = { shipped, flags, route }
  return [
    { name: 'Sallyport, bare', needs: [], start: ground => startBareSallyport(ground, variant) },
    { name: 'Sallyport, memory', needs: [], start: ground => startSallyport(ground, variant) },
    {
      name: 'Sallyport, cookie',
      needs: [],
      start: ground => startSallyport(ground, { ...variant, store: { type: 'cookie' } }),
    },
    {
      name: 'Sallyport, redis',
      needs: ['redis-server'],
      async start(ground) {
        const redis = await startRedis(ground.stage, { config: inMemory })
        return startSallyport(ground, { ...variant, store: { type: 'redis', url: urlOf(redis) } })
      },
    },
  ]
}

const lanes = (shipped: Shipped, flags: readonly string[]): readonly PeerKind[] =>
  stores(shipped, flags, { lane: otherLane })
    .filter(({ name }) => /bare|memory/.test(name))
    .map(kind => ({ ...kind, name: `${kind.name}, ${otherLane} lane` }))
