// One generation: a floor with its visitors. It counts who is inside, so that it can be left only when it is empty, and notes each visit when it ends.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { describe } from './core/errors.ts'
import type { Config } from './core/settings.ts'
import { logAccess } from './http/log.ts'
import type { Visit } from './http/visit.ts'
import type { Lasting } from './lasting.ts'
import { stopping, type Tunnel } from './proxy/tunnel.ts'
import { type Received, receiveUpgrade } from './proxy/upgrades.ts'
import { buildFloor } from './server.ts'

export type Generation = {
  handle(req: IncomingMessage, res: ServerResponse): void
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Why this generation is not ready for everything; empty when it is. */
  reasons(): readonly string[]
  /** Resolves when the last request in flight has ended. */
  idle(): Promise<void>
  /** Resolves when the last of its tunnels has closed by itself. */
  tunnelsClosed(): Promise<unknown>
  closeTunnels(): void
  close(): Promise<void>
}

export async function openGeneration(config: Config, lasting: Lasting): Promise<Generation> {
  const { app, door, gate, secondLook } = await buildFloor(config, lasting)
  lasting.streams.judgeBy(secondLook)
  const visitors = countVisitors()
  const tunnels = new Set<Tunnel>()
  let isClosing = false
  const leave = (visit: Visit, status: number, completed: boolean) => {
    const outcome = { visit, status, ms: performance.now() - visit.startedAt, completed }
    logAccess(lasting.log, outcome, config.log.subject)
    lasting.metrics.request(outcome)
    visitors.left()
  }
  return {
    handle(req, res) {
      const visit = door.receive(req)
      visitors.entered()
      // The corridor ends by the same event, and has yet to say why.
      res.once('close', () => setImmediate(leave, visit, res.statusCode, res.writableFinished))
      app.routing(req, res)
    },
    async upgrade(raw, socket, head) {
      // Node has let go of this socket; one that breaks from here on must not take the process down.
      socket.on('error', () => socket.destroy())
      const visit = door.receive(raw)
      visitors.entered()
      const { status, tunnel } = await receiveUpgrade({ visit, raw, socket, head }, gate).catch((error): Received => {
        // Nobody waits for an upgrade: what is thrown here would end the process.
        visit.trail.failure = describe(error)
        socket.destroy()
        return { status: 500 }
      })
      leave(visit, status, true)
      if (!tunnel) return
      tunnels.add(tunnel)
      // It was still being decided about, or dialled, when the others had to go.
      if (isClosing) tunnel.close(stopping)
      await tunnel.closed
      tunnels.delete(tunnel)
    },
    reasons: () =>
      Array.from(lasting.providers.values()).flatMap(provider => {
        const status = provider.status()
        return status.ready ? [] : [`provider "${provider.name}": ${status.why}`]
      }),
    idle: visitors.gone,
    tunnelsClosed: () => Promise.all(Array.from(tunnels, tunnel => tunnel.closed)),
    closeTunnels() {
      isClosing = true
      for (const tunnel of tunnels) tunnel.close(stopping)
    },
    close: () => app.close(),
  }
}

/** How many visitors are inside, and a way to wait until the last has gone. */
function countVisitors() {
  let inside = 0
  let empty = Promise.withResolvers<void>()
  return {
    entered() {
      inside++
    },
    left() {
      inside--
      if (inside > 0) return
      empty.resolve()
      empty = Promise.withResolvers<void>()
    },
    gone: () => (inside === 0 ? Promise.resolve() : empty.promise),
  }
}
