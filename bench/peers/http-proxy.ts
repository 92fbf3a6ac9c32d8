// A gateway of one line: @fastify/http-proxy with its stock forwarding, no login, no log.
import { freePort } from '../../test/support/gate.ts'
import { launch } from '../program.ts'
import type { Shipped } from '../shipped.ts'
import { everybody, type Ground, type Peer, type PeerKind } from './peer.ts'

/** With the flags of Node that we run with ourselves. */
export const httpProxy = (shipped: Shipped): PeerKind => ({
  name: '@fastify/http-proxy',
  needs: [],
  start: ground => start(ground, shipped),
})

async function start({ stage, cores, upstream }: Ground, shipped: Shipped): Promise<Peer> {
  const port = await freePort()
  const gateway = new URL('http-proxy-gateway.ts', import.meta.url).pathname
  const program = await launch(stage, {
    ...{ cores, port, name: 'http-proxy' },
    command: () => [process.execPath, ...shipped.flags, gateway, String(port), `http://127.0.0.1:${upstream}`],
    env: { NODE_ENV: 'production' },
  })
  return { program, port, host: `localhost:${port}`, ...everybody }
}
