// Hand an answer of ours to the connection: an ordinary response, or the socket of an upgrade that will not happen.
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Answer, send } from './answer.ts'
import { endsConnection, type Visit } from './visit.ts'

export function deliver(visit: Visit, res: ServerResponse, answer: Answer): void {
  send(res, answer, { close: endsConnection(visit) || hasBody(visit) })
}

/** What we refused is not read to its end. */
const hasBody = ({ body }: Visit): boolean => body !== 'none' && body !== 0

/** A response on the socket of an upgrade request; Node made none. */
export function responseOn(raw: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new ServerResponse(raw)
  res.shouldKeepAlive = false
  res.assignSocket(socket as Socket)
  res.once('finish', () => socket.end())
  // Nobody else reads this socket any more, and only reading shows that the client has left.
  socket.resume()
  return res
}
