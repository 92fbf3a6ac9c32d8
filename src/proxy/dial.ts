// The one place where a connection to an upstream is made: where to and how to trust it comes from the configuration alone.
import { connect as connectTcp, type NetConnectOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { certifiedFor } from '../core/certified-name.ts'
import type { Milliseconds } from '../core/duration.ts'
import { SallyportError } from '../core/errors.ts'
import type { Route, Upstream } from '../core/route.ts'

/** The part of a route that connections are made from. */
export type Dialled = Pick<Route, 'upstream' | 'timeouts'>

/** Probes that find a peer which went away without a word. */
const KEEP_ALIVE_PROBE_MS = 60_000

/** A connected, and for https verified, socket; unless whoever wants it leaves before. */
export function dial(upstream: Upstream, connectMs: Milliseconds, leaving?: AbortSignal): Promise<Socket> {
  const secure = upstream.scheme === 'https'
  const socket = secure ? connectTls(tlsOptions(upstream)) : connectTcp(place(upstream))
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(tooLate(connectMs)), connectMs)
    leaving?.addEventListener('abort', () => socket.destroy(left()), { once: true })
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
    // Stays on: a socket that breaks while nobody owns it must not take the process down.
    socket.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

const place = ({ address }: Upstream): NetConnectOpts =>
  'socketPath' in address ? { path: address.socketPath } : { host: address.host, port: address.port }

/**
 * Never the visitor's Host decides which certificate is right: undici alone would take the server name from there. `true` in so many
 * words also overrules NODE_TLS_REJECT_UNAUTHORIZED.
 */
function tlsOptions(upstream: Upstream): ConnectionOptions {
  const { ca, cert, key, serverName, dangerouslySkipVerification } = upstream.tls
  const name = serverName ?? ('host' in upstream.address ? upstream.address.host : upstream.authority)
  return {
    ...place(upstream),
    ...certifiedFor(name),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    rejectUnauthorized: dangerouslySkipVerification !== true,
    ALPNProtocols: ['http/1.1'],
  }
}

const tooLate = (connectMs: Milliseconds): SallyportError =>
  new SallyportError('upstream-timeout', `no connection to the upstream within ${connectMs} ms`)

const left = (): SallyportError => new SallyportError('stopping', 'nobody waits for this connection any more')
