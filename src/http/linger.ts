// The end of a connection, by us: our side is closed, and the client is heard out for a moment, or it would lose what we said last (RFC 9112 9.6).
import type { Socket } from 'node:net'

/** Whoever talks on for longer has had the time to read. */
const LINGER_MS = 2000

/** Node ends a connection behind its last answer by `destroySoon`, which a client that is still sending meets as a reset. */
export function lingerBehindAnswers(socket: Socket): void {
  socket.destroySoon = () => endWithLinger(socket)
}

/** What has been said is sent, and nothing is read any more as anything. */
export function endWithLinger(socket: Socket): void {
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
  // The parser is one of those who listened.
  socket.removeAllListeners('data')
  socket
    .on('data', () => {})
    .resume()
    .end()
}
