// How many connections there may be, and how many from one address, so that nobody takes them all.
import type { Server, Socket } from 'node:net'
import type { AddressSet } from '../core/address.ts'
import { networkOf } from '../core/visitor.ts'
import { peerOf } from './client.ts'
import { Turnstile } from './turnstile.ts'

export type Bounds = {
  readonly connections: number
  readonly connectionsPerAddress: number
  /** Each speaks for many, so none is bounded alone. */
  readonly trustedProxies: AddressSet
}

/** Which bound a connection was refused by. */
export type Crowded = 'connections' | 'connections-per-address'

/** What is refused is closed without a word; answering would cost more than was asked. The answer sets other bounds. */
export function boundConnections(
  server: Server,
  bounds: Bounds,
  onRefused: (why: Crowded) => void,
): (next: Bounds) => void {
  const turnstile = new Turnstile()
  let { connectionsPerAddress, trustedProxies } = bounds
  server.maxConnections = bounds.connections
  // Among several workers it would otherwise wait for one that has room, with nobody to count it.
  Object.assign(server, { dropMaxConnection: true })
  server.on('drop', () => onRefused('connections'))
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    // Over a unix socket nobody has an address.
    if (peer === undefined || trustedProxies.has(peer)) return
    const network = networkOf(peer)
    if (turnstile.enter(network, connectionsPerAddress)) {
      socket.once('close', () => turnstile.leave(network))
      return
    }
    onRefused('connections-per-address')
    socket.destroy()
  })
  return next => {
    server.maxConnections = next.connections
    ;({ connectionsPerAddress, trustedProxies } = next)
  }
}
