// Sallyport in the ways it can be run: one for every store, and its forwarding alone.
import { inMemory, startRedis } from '../../test/support/redis.ts'
import { urlOf } from '../../test/support/replicas.ts'
import type { Shipped } from '../shipped.ts'
import type { PeerKind } from './peer.ts'
import { startBareSallyport, startSallyport } from './sallyport.ts'

export function sallyportVariants(shipped: Shipped, flags: readonly string[] = []): readonly PeerKind[] {
  const variant = { shipped, flags }
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

/** Only the one that most people run, in each of its lanes. */
export const authenticatedVariants = (shipped: Shipped): readonly PeerKind[] =>
  sallyportVariants(shipped).filter(({ name }) => name.startsWith('Sallyport, memory'))
