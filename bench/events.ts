// The event stream of the lean upstream: one chunk per event, at a steady pace, until the reader leaves.
import type { Socket } from 'node:net'

export const EVENTS_PER_SECOND = 50
const eventChunk = chunkOf(`event: price\ndata: ${'{"symbol":"ACME","price":123.45}'.padEnd(100)}\n\n`)

export function sendEvents(socket: Socket): void {
  socket.write(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  const timer = setInterval(() => socket.write(eventChunk), 1000 / EVENTS_PER_SECOND)
  socket.on('close', () => clearInterval(timer))
}

function chunkOf(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}
