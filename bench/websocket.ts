// Websockets as a browser opens them, with frames of 4 KB that come back.
import { connect, type Socket } from 'node:net'
import type { Load } from './load.ts'
import type { Peer } from './peers/peer.ts'
import { Tally } from './tally.ts'

const MESSAGE_BYTES = 4096
/** RFC 6455 5.2: two bytes, two of the length, and four of the mask where a client sends it. */
const HEADER_BYTES = 4
const MASK_BYTES = 4

const header = Buffer.from([0x82, 126, MESSAGE_BYTES >> 8, MESSAGE_BYTES & 255])
const payload = Buffer.alloc(MESSAGE_BYTES, 'the same words again and again. ')

/** What the upstream sends back for each. */
export const serverFrame = Buffer.concat([header, payload])
/** Masked with zeros, which changes nothing. */
const clientFrame = Buffer.concat([
  Buffer.from([0x82, 0x80 | 126, MESSAGE_BYTES >> 8, 0]),
  Buffer.alloc(MASK_BYTES),
  payload,
])

export const CLIENT_FRAME_BYTES = HEADER_BYTES + MASK_BYTES + MESSAGE_BYTES

/** `count` open ones. They are the caller's to destroy. */
export async function openWebsockets(peer: Peer, count: number): Promise<readonly Socket[]> {
  const cookies = await peer.cookies()
  const sockets: Socket[] = []
  // Some at a time: a listener's queue is only so long.
  for (let left = count; left > 0; left -= 50)
    sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, left) }, () => open(peer, cookies)))))
  return sockets
}

/** Each sends a message as soon as the last one has come back. */
export function startEchoes(sockets: readonly Socket[]): Load {
  const tally = new Tally()
  for (const socket of sockets) converse(socket, tally)
  return {
    begin: () => tally.begin(),
    take: () => tally.take(),
    stop() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

function converse(socket: Socket, tally: Tally): void {
  let received = 0
  let since = performance.now()
  socket.on('data', (chunk: Buffer) => {
    if (serverFrame.compare(chunk, 0, chunk.length, received, received + chunk.length) !== 0) {
      tally.wrong('another message')
      return void socket.destroy()
    }
    received += chunk.length
    if (received < serverFrame.length) return
    received = 0
    tally.right(performance.now() - since)
    since = performance.now()
    socket.write(clientFrame)
  })
  socket.write(clientFrame)
}

function open({ port, host, base }: Peer, cookies: string | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', reject)
    socket.write(
      [
        `GET ${base}/websocket HTTP/1.1`,
        `Host: ${host}`,
        'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        `Origin: http://${host}`,
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Connection: keep-alive, Upgrade',
        'Upgrade: websocket',
        ...(cookies ? [`Cookie: ${cookies}`] : []),
        '\r\n',
      ].join('\r\n'),
    )
    let head = ''
    const read = (chunk: Buffer) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', read)
      if (head.startsWith('HTTP/1.1 101 ')) resolve(socket)
      else reject(new Error(`no websocket: ${head.slice(0, head.indexOf('\r\n'))}`))
    }
    socket.on('data', read)
  })
}
