// Hand an answer of ours to the connection: an ordinary response, or the socket of an upgrade that will not happen.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { http } from '../node-http.ts'
import { type Answer, send, withCookies, withHeaders } from './answer.ts'
import { thrownAnswer } from './failure.ts'
import { endWithLinger } from './linger.ts'
import { endsConnection, type Visit } from './visit.ts'

export function deliver(visit: Visit, res: ServerResponse, answer: Answer): void {
  send(res, withHeaders(answer, strictTransport(visit)), { close: endsConnection(visit) || hasBody(visit) })
}

/** RFC 6797 6.1, for this host alone: names below it, and hosts that we refuse, are not ours to speak for. */
const strictTransport = ({ hstsMs, room }: Visit): Answer['headers'] =>
  hstsMs === 0 || room.kind === 'refused' ? [] : [['Strict-Transport-Security', `max-age=${Math.floor(hstsMs / 1000)}`]]

export type Failure = {
  readonly visit: Visit
  readonly res: ServerResponse
  readonly error: unknown
  readonly log: Log
  readonly setCookies?: readonly string[]
}

/** The log has all of it, the visitor our answer to it, or a broken connection where another answer had begun. */
export function deliverFailure({ visit, res, error, log, setCookies = [] }: Failure): void {
  visit.trail.failure = describe(error)
  log.error({ request: visit.id, error: describe(error) }, 'request failed')
  if (res.headersSent) res.destroy()
  else deliver(visit, res, withCookies(thrownAnswer(visit, error), setCookies))
}

/** What we refused is not read to its end. */
const hasBody = ({ body }: Visit): boolean => body !== 'none' && body !== 0

/** A response on the socket of an upgrade request; Node made none. */
export function responseOn(raw: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new http.ServerResponse(raw)
  res.shouldKeepAlive = false
  res.assignSocket(socket as Socket)
  res.once('finish', () => endWithLinger(socket as Socket))
  // Node told its own responses; a long one would stop for ever at the first full buffer.
  socket.on('drain', () => res.emit('drain'))
  // Nobody else reads this socket any more, and only reading shows that the client has left.
  socket.resume()
  return res
}
