// Caddy as Debian packages it: a bare proxy in Go, no access log.
import { freePort } from '../../test/support/gate.ts'
import { launch } from '../program.ts'
import { everybody, type Ground, type Peer, type PeerKind } from './peer.ts'

export const caddy: PeerKind = { name: 'Caddy', needs: ['caddy'], start }

async function start({ stage, cores, upstream }: Ground): Promise<Peer> {
  const port = await freePort()
  const program = await launch(stage, {
    ...{ cores, port, name: 'caddy' },
    files: { Caddyfile: configuration(port, upstream) },
    command: folder => ['/usr/bin/caddy', 'run', '--config', `${folder}/Caddyfile`, '--adapter', 'caddyfile'],
  })
  return { program, port, host: `localhost:${port}`, ...everybody }
}

const configuration = (port: number, upstream: number): string => `
{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${upstream}
}
`
