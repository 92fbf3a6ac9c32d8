// The application behind every gateway, as cheap as it can be: bare sockets, answers written once. It answers 500 where a person should be known and is not.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { sendEvents } from './events.ts'
import type { Stage } from './stage.ts'
import { CLIENT_FRAME_BYTES, serverFrame } from './websocket.ts'

export type LeanUpstream = { readonly port: number; readonly origin: string }

/** Who carries this is known to the service that nginx asks with auth_request. */
export const AUTH_REQUEST_COOKIE = 'session=of-somebody-who-is-known'

/** Everything at or below a path that begins so is for people who are known. */
const PRIVATE = '/app-'
export const page = Buffer.alloc(1024, 'All work and no play makes a gateway slow. ')

/** `user` is who must be named in some header of every request to a private path. */
export async function startLeanUpstream(stage: Stage, user: string): Promise<LeanUpstream> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    serve(socket, `: ${user}\r\n`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stage.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, origin: `http://127.0.0.1:${port}` }
}

const answer = (status: string, body: Buffer | string, type = 'text/html; charset=utf-8'): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nCache-Control: no-cache\r\nETag: "4f1d-62c"\r\nVary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    ),
    Buffer.from(body),
  ])

const pageAnswer = answer('200 OK', page)
const nobodyAnswer = answer('500 Nobody Is Known', 'a private page was asked for without an identity')
const bodies = new Map<number, Buffer>()

/** A body of so many bytes, which does not repeat itself at any power of two. */
export const bodyOf = (bytes: number): Buffer => Buffer.alloc(bytes, 'The quick brown fox jumps over the lazy dog. ')

function serve(socket: Socket, identity: string): void {
  let held: Buffer | undefined
  let bodyLeft = 0
  let thanks = pageAnswer
  const takeBody = (bytes: number) => {
    bodyLeft -= bytes
    if (bodyLeft === 0) socket.write(thanks)
    else if (bodyLeft < 0) socket.destroy()
  }
  socket.on('data', (chunk: Buffer) => {
    if (bodyLeft > 0) return takeBody(chunk.length)
    const bytes = held ? Buffer.concat([held, chunk]) : chunk
    const end = bytes.indexOf('\r\n\r\n')
    held = end < 0 ? bytes : undefined
    if (end < 0) return
    const head = bytes.toString('latin1', 0, end + 4)
    const [, length] = head.startsWith('GET ') ? [] : (/\r\ncontent-length: (\d+)\r\n/i.exec(head) ?? [])
    if (length === undefined) return reply(socket, head, identity)
    bodyLeft = Number(length)
    thanks = isForNobody(head, identity) ? nobodyAnswer : answer('200 OK', `received ${length}`)
    takeBody(bytes.length - end - 4)
  })
}

const targetOf = (head: string): string => head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1))

const isForNobody = (head: string, identity: string): boolean =>
  targetOf(head).startsWith(PRIVATE) && !head.includes(identity)

function reply(socket: Socket, head: string, identity: string): void {
  if (isForNobody(head, identity)) return void socket.write(nobodyAnswer)
  const target = targetOf(head)
  const what = target.slice(target.lastIndexOf('/') + 1)
  const [, bytes] = /^down-(\d+)$/.exec(what) ?? []
  if (bytes !== undefined) socket.write(download(Number(bytes)))
  else if (what === 'headers') socket.write(answer('200 OK', head, 'text/plain'))
  else if (what === 'auth') socket.write(whoIs(head, identity))
  else if (what === 'events') sendEvents(socket)
  else if (what === 'websocket') echo(socket, head)
  else socket.write(pageAnswer)
}

const whoIs = (head: string, identity: string): string =>
  head.includes(AUTH_REQUEST_COOKIE)
    ? `HTTP/1.1 204 No Content\r\nX-User${identity}\r\n`
    : 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'

function download(bytes: number): Buffer {
  const known = bodies.get(bytes) ?? answer('200 OK', bodyOf(bytes), 'application/octet-stream')
  bodies.set(bytes, known)
  return known
}

/** One frame back for every frame that has come. */
function echo(socket: Socket, head: string): void {
  const [, key = ''] = /\r\nsec-websocket-key: (\S+)\r\n/i.exec(head) ?? []
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  let received = 0
  socket.removeAllListeners('data')
  socket.on('data', (chunk: Buffer) => {
    for (received += chunk.length; received >= CLIENT_FRAME_BYTES; received -= CLIENT_FRAME_BYTES)
      socket.write(serverFrame)
  })
}
