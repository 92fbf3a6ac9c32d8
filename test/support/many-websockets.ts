// Many websockets at once through one gateway process: what they cost, and whether others are served meanwhile.
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { websocketFields } from './attack.ts'
import { freePort } from './gate.ts'
import { type Replica, startReplica } from './replica.ts'
import { startRogueProvider } from './rogue-provider.ts'
import { startUpstream, switchesAndEchoes, type Test } from './upstream.ts'

export type Crowd = {
  /** How many were switched, and how many of these heard their own words come back when all were open. */
  readonly open: number
  readonly heard: number
  readonly openingMs: number
  /** Resident memory of the gateway, in bytes: before, and with all of them. */
  readonly before: number
  readonly full: number
  /** The answers that somebody else got meanwhile, and the slowest of them. */
  readonly statuses: readonly number[]
  readonly slowestMs: number
  /** What of the gateway's files stays open when they have left. */
  readonly leftOpen: number
}

const AT_ONCE = 100

export async function crowdOfWebsockets(t: Test, count: number): Promise<Crowd> {
  const gateway = await startGateway(t, count)
  const before = await measured(gateway)
  const others = keepAsking(gateway)
  const began = performance.now()
  const sockets: Socket[] = []
  t.teardown(() => sockets.map(socket => socket.destroy()))
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => shakeHands(gateway.port))
    sockets.push(...(await Promise.all(some)).filter(socket => socket !== undefined))
    if (sockets.length % AT_ONCE !== 0) break
  }
  const openingMs = performance.now() - began
  const heard = (await Promise.all(sockets.map(speak))).filter(Boolean).length
  const full = await measured(gateway)
  const { statuses, slowestMs } = await others.stop()
  for (const socket of sockets) socket.destroy()
  const leftOpen = await filesLeft(gateway, before.files)
  return {
    open: sockets.length,
    heard,
    openingMs,
    before: before.bytes,
    full: full.bytes,
    statuses,
    slowestMs,
    leftOpen,
  }
}

async function startGateway(t: Test, count: number): Promise<Replica> {
  const upstream = await startUpstream(t, {
    answer: turn =>
      turn.request.target === '/chat'
        ? switchesAndEchoes()(turn)
        : void turn.socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
  })
  const provider = await startRogueProvider(t)
  const port = await freePort()
  const limits = { connections: count * 2, connectionsPerAddress: count * 2, websocketsPerVisitor: count }
  const origin = `http://localhost:${port}`
  const config = {
    server: { listen: `127.0.0.1:${port}`, publicUrl: origin, limits },
    providers: [{ name: 'corp', issuer: provider.issuer, ...provider.client }],
    routes: [{ name: 'chat', upstream: `http://127.0.0.1:${upstream.port}`, public: true }],
    log: { level: 'warn' },
  }
  return startReplica(t, { port, origin, config })
}

/** Undefined: it was not let in. */
function shakeHands(port: number): Promise<Socket | undefined> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(['GET /chat HTTP/1.1', `Host: localhost:${port}`, ...websocketFields, '', ''].join('\r\n'))
  return new Promise(resolve => {
    socket.once('data', head => resolve(head.toString().startsWith('HTTP/1.1 101 ') ? socket : undefined))
    for (const end of ['error', 'close']) socket.on(end, () => resolve(undefined))
  })
}

/** A frame with two letters; whether it came back. */
function speak(socket: Socket): Promise<boolean> {
  const frame = Buffer.from('\x81\x02hi', 'latin1')
  socket.write(frame)
  return new Promise(resolve => {
    socket.once('data', (echo: Buffer) => resolve(echo.equals(frame))).once('close', () => resolve(false))
  })
}

type Measured = { readonly bytes: number; readonly files: number }

async function measured({ adminPort }: Replica): Promise<Measured> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return { bytes: value('process_resident_memory_bytes'), files: value('process_open_fds') }
}

function keepAsking(gateway: Replica) {
  const statuses: number[] = []
  let slowestMs = 0
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      const began = performance.now()
      statuses.push(await gateway.ask(''))
      slowestMs = Math.max(slowestMs, performance.now() - began)
      await pause(20)
    }
  })()
  return {
    async stop() {
      isOver = true
      await asking
      return { statuses, slowestMs }
    },
  }
}

const PATIENCE = 300

/** A few more than before are connections of those who measure. */
async function filesLeft(gateway: Replica, before: number): Promise<number> {
  let left = Number.POSITIVE_INFINITY
  for (let patience = PATIENCE; patience > 0 && left > 10; patience--) {
    left = (await measured(gateway)).files - before
    await pause(100)
  }
  return left
}
