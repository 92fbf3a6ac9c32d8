// The server's half of a websocket (RFC 6455) that says back what it hears: text in one frame, as a demo needs it.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10

/** Answers the upgrade and echoes until the other side leaves. */
export function echo(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const key = request.headers['sec-websocket-key']
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || key === undefined) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    return
  }
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  converse(socket, head)
}

function converse(socket: Duplex, head: Buffer): void {
  let heard = Buffer.alloc(0)
  const listen = (chunk: Buffer) => {
    if (socket.writableEnded) return
    heard = Buffer.concat([heard, chunk])
    for (let frame = readFrame(heard); frame && !socket.writableEnded; frame = readFrame(heard)) {
      heard = heard.subarray(frame.length)
      answer(socket, frame)
    }
  }
  socket.on('data', listen)
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  listen(head)
}

type Frame = { readonly opcode: number; readonly payload: Buffer; readonly length: number }

function answer(socket: Duplex, { opcode, payload }: Frame): void {
  if (opcode === TEXT) socket.write(writeFrame(TEXT, payload))
  else if (opcode === PING) socket.write(writeFrame(PONG, payload))
  else if (opcode !== PONG) socket.end(writeFrame(CLOSE, opcode === CLOSE ? payload : closeCode(1003)))
}

/** RFC 6455 5.2. Undefined until the frame is complete; what a demo does not speak becomes a frame that closes. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined
  const opcode = bytes.readUInt8(0) & 15
  const short = bytes.readUInt8(1) & 127
  if (!(bytes.readUInt8(0) & 128) || !(bytes.readUInt8(1) & 128)) return refusal(bytes, 1002)
  if (short === 127) return refusal(bytes, 1009)
  const start = short === 126 ? 8 : 6
  if (bytes.length < start) return undefined
  const size = short === 126 ? bytes.readUInt16BE(2) : short
  if (bytes.length < start + size) return undefined
  const mask = bytes.subarray(start - 4, start)
  const payload = Buffer.from(bytes.subarray(start, start + size).map((byte, at) => byte ^ (mask[at % 4] ?? 0)))
  return { opcode, payload, length: start + size }
}

const refusal = (bytes: Buffer, code: number): Frame => ({
  opcode: CLOSE,
  payload: closeCode(code),
  length: bytes.length,
})

function closeCode(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return payload
}

function writeFrame(opcode: number, payload: Buffer): Buffer {
  const first = 128 | opcode
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([first, ...length]), payload])
}
