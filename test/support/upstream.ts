// An upstream on bare sockets: it keeps what it was asked, byte for byte, and answers by script, also what no HTTP library would send.
import { createHash } from 'node:crypto'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Upstream, UpstreamTls } from '../../src/core/route.ts'
import type { Certificate } from './certificates.ts'
import { fieldOf, type Message, readBody, readHead, Wire } from './wire.ts'

/** What a test needs of a tap test. */
export type Test = { teardown(undo: () => unknown): void }

export type SeenRequest = Message & {
  readonly method: string
  readonly target: string
  /** Counted from 1. */
  readonly connection: number
}

export type Turn = { readonly request: SeenRequest; readonly socket: Socket; readonly wire: Wire }

/** Answers one request. Returning `false` says that the bytes that follow are no HTTP. */
export type Script = (turn: Turn) => unknown

export type UpstreamOptions = {
  readonly answer?: Script
  /** Called as soon as the head is there. When it returns anything but undefined, the body is left to it. */
  readonly onHead?: Script
  readonly tls?: Certificate & { readonly clientCa?: string }
  readonly socketPath?: string
}

export type TestUpstream = {
  readonly port: number
  readonly requests: SeenRequest[]
  readonly sockets: Socket[]
  /** How many of its connections are open. */
  open(): number
  /** This upstream as a route names it. */
  address(tls?: UpstreamTls): Upstream
  /** Settles when `count` requests have arrived. */
  seen(count: number): Promise<void>
  close(): Promise<void>
}

export async function startUpstream(t: Test, options: UpstreamOptions = {}): Promise<TestUpstream> {
  const requests: SeenRequest[] = []
  const sockets: Socket[] = []
  const waiting = new Set<() => void>()
  const serve = (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    void converse(socket, sockets.length, options, request => {
      requests.push(request)
      for (const wake of waiting) wake()
    })
  }
  const server = await listen(makeServer(options, serve), options)
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  }
  t.teardown(close)
  const port = portOf(server)
  return {
    port,
    requests,
    sockets,
    open: () => sockets.filter(socket => !socket.closed).length,
    address: (tls = {}) => ({
      scheme: options.tls ? 'https' : 'http',
      address: options.socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath: options.socketPath },
      authority: options.socketPath === undefined ? `127.0.0.1:${port}` : 'localhost',
      tls,
    }),
    async seen(count) {
      while (requests.length < count) {
        await new Promise<void>(resolve => {
          waiting.add(resolve)
        })
      }
    },
    close,
  }
}

async function converse(
  socket: Socket,
  connection: number,
  options: UpstreamOptions,
  record: (request: SeenRequest) => void,
): Promise<void> {
  const wire = new Wire(socket)
  for (;;) {
    const head = await readHead(wire)
    if (!head) return void socket.end()
    const [method = '', target = ''] = head.line.split(' ')
    const early = { ...head, method, target, connection }
    if (options.onHead && (await options.onHead({ request: early, socket, wire })) !== undefined) return record(early)
    const whole = await readBody(wire, head, 'empty')
    if (!whole) return
    const request = { ...early, ...whole }
    record(request)
    if ((await (options.answer ?? echo)({ request, socket, wire })) === false) return
  }
}

/** Says what it was asked, as JSON. */
export const echo: Script = ({ request, socket }) => {
  const { method, target, headers, body, trailers } = request
  const text = JSON.stringify({ method, target, headers, body, trailers })
  const length = Buffer.byteLength(text)
  socket.write(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${method === 'HEAD' ? '' : text}`,
  )
}

/** Always these bytes. */
export const says =
  (bytes: string): Script =>
  ({ socket }) =>
    void socket.write(bytes, 'latin1')

/** These bytes, and then the end of the connection. */
export const saysAndEnds =
  (bytes: string): Script =>
  ({ socket }) => {
    socket.end(bytes, 'latin1')
    return false
  }

/** Switches to a websocket, whose bytes come back as they are. */
export const switchesAndEchoes =
  (more = ''): Script =>
  async ({ request, socket, wire }) => {
    const key = fieldOf(request.headers, 'sec-websocket-key') ?? ''
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n${more}\r\n`,
    )
    while (!wire.ended) socket.write(await wire.some(), 'latin1')
    socket.end()
    return false
  }

export const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

function makeServer({ tls }: UpstreamOptions, serve: (socket: Socket) => void): Server {
  if (!tls) return createTcpServer({ allowHalfOpen: true }, serve)
  const { cert, key, clientCa } = tls
  return createTlsServer(
    { cert, key, ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }) },
    serve,
  )
}

async function listen(server: Server, { socketPath }: UpstreamOptions): Promise<Server> {
  // A refused handshake is what some tests are about.
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => {
    if (socketPath === undefined) server.listen(0, '127.0.0.1', resolve)
    else server.listen(socketPath, resolve)
  })
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
