// Upgrades: asks the upstream on a connection of its own, relays its answer, and splices the two sockets after a verified 101.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SallyportError } from '../core/errors.ts'
import type { Route } from '../core/route.ts'
import { responseOn } from '../http/deliver.ts'
import { http } from '../node-http.ts'
import { dial } from './dial.ts'
import { closeFrame, FrameBoundary } from './frame-boundary.ts'
import type { OpenStream } from './open-stream.ts'
import type { Visitor } from './rewrite.ts'
import { type SpliceEnd, splice } from './splice.ts'
import { upstreamError } from './upstream-errors.ts'
import type { UpstreamRequest } from './upstream-request.ts'
import { type AnswerReading, upstreamResponse } from './upstream-response.ts'
import type { Watch } from './watch.ts'
import { switchProblem } from './websocket-answer.ts'

export type TunnelOrder = {
  readonly route: Route
  readonly request: UpstreamRequest
  /** The client's upgrade request, judged by upgradeProblem(), with its socket and the bytes that came behind it. */
  readonly raw: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  /** Since the upgrade came; nobody else reads its socket meanwhile. */
  readonly client: Watch
  readonly visitor: Visitor
  readonly extraSetCookies: readonly string[]
  isOwnCookie(name: string): boolean
  /** Through it the tunnel can be interrupted, at any time. */
  readonly stream?: Pick<OpenStream, 'carriedBy'> | undefined
}

export type Tunnel = {
  readonly closed: Promise<TunnelEnd>
  /** Ends both connections, with a close frame to the client where one can stand. */
  close(farewell: Farewell): void
}

/** RFC 6455 7.4.1 */
export type Farewell = { readonly status: 1001 | 1008; readonly words: string }

export const stopping: Farewell = { status: 1001, words: 'gateway stopping' }
const sessionEnded: Farewell = { status: 1008, words: 'session ended' }

export type TunnelEnd = SpliceEnd

/** Status 101, or the upstream's other answer, which is on its way to the client. */
export type Opened = { readonly status: number; readonly tunnel: Tunnel }

/** Throws a SallyportError as long as nothing has been answered, so that the caller can answer instead. */
export async function openTunnel(order: TunnelOrder): Promise<Opened> {
  const { upstream: address, timeouts } = order.route
  order.stream?.carriedBy({ interrupt: () => order.socket.destroy() })
  try {
    return await cross(order, await dial(address, timeouts.connectMs))
  } catch (error) {
    // Whoever answers instead, nobody reads on: without this the client's end would stay unseen, and its socket open.
    order.client.stop()
    order.socket.resume()
    throw upstreamError(error)
  }
}

async function cross(order: TunnelOrder, upstream: Socket): Promise<Opened> {
  order.client.onceLeft(() => upstream.destroy())
  try {
    const answer = await ask(upstream, order).finally(order.client.stop)
    // Node takes a 101 that names no protocol for an ordinary answer.
    const switches = answer.switched || answer.message.statusCode === 101
    return switches ? join(order, upstream, answer) : relay(order, upstream, answer)
  } catch (error) {
    upstream.destroy()
    throw error
  }
}

type UpstreamAnswer = { readonly message: IncomingMessage; readonly switched: boolean; readonly head: Buffer }

const MOST_HEADER_BYTES = 65_536

/** Node's own parser reads the answer, strictly; the dialled socket is all that it gets to know. */
function ask(upstream: Socket, { request, route }: TunnelOrder): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    const asking = http.request({
      createConnection: () => upstream,
      method: request.method,
      path: request.path,
      headers: [...request.headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
      maxHeaderSize: MOST_HEADER_BYTES,
      insecureHTTPParser: false,
    })
    const timer = setTimeout(() => asking.destroy(tooLate(route)), route.timeouts.responseMs)
    const settle = (message: IncomingMessage, switched: boolean, head: Buffer) => {
      clearTimeout(timer)
      resolve({ message, switched, head })
    }
    asking.on('upgrade', (message, _, head) => settle(message, true, head))
    asking.on('response', message => settle(message, false, Buffer.alloc(0)))
    asking.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    asking.end()
  })
}

/** The client's early bytes wait until here: an upstream that does not switch would read them as a request. */
function join(order: TunnelOrder, upstream: Socket, { message, head }: UpstreamAnswer): Opened {
  const { socket, request, route } = order
  const problem = switchProblem(request.headers, message)
  if (problem) throw invalid(problem)
  const headers = accepted(upstreamResponse({ status: 101, rawHeaders: message.rawHeaders }, order))
  upstream.allowHalfOpen = true
  socket.write(switchingHead(headers), 'latin1')
  if (head.length > 0) socket.write(head)
  if (order.head.length > 0) upstream.write(order.head)
  const frames = new FrameBoundary()
  frames.pass(head)
  upstream.on('data', (chunk: Buffer) => frames.pass(chunk))
  const { closed, end } = splice(socket, upstream, route.timeouts.idleMs)
  const close = ({ status, words }: Farewell) => end(frames.isOpen ? closeFrame(status, words) : undefined)
  order.stream?.carriedBy({ interrupt: () => close(sessionEnded) })
  return { status: 101, tunnel: { closed, close } }
}

function switchingHead(headers: readonly string[]): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}\r\n`
}

/** Any other answer is an ordinary one, and the last on this connection. What the client goes on saying is dropped. */
function relay(order: TunnelOrder, upstream: Socket, { message }: UpstreamAnswer): Opened {
  const status = message.statusCode ?? 0
  const headers = accepted(upstreamResponse({ status, rawHeaders: message.rawHeaders }, order))
  const res = responseOn(order.raw, order.socket)
  res.writeHead(status, [...headers, 'Connection', 'close'])
  order.socket.resume()
  message.setTimeout(order.route.timeouts.idleMs, () => message.destroy())
  // When one side breaks, the other is destroyed with it: half an answer must not look like a whole one.
  const closed = pipeline(message, res)
    .then((): TunnelEnd => 'closed')
    .catch((): TunnelEnd => {
      order.socket.destroy()
      return 'broken'
    })
    .finally(() => upstream.destroy())
  return { status, tunnel: { closed, close: () => order.socket.destroy() } }
}

function accepted(reading: AnswerReading): string[] {
  if (!reading.ok) throw invalid(reading.found)
  return reading.headers
}

const invalid = (found: string): SallyportError =>
  new SallyportError('upstream-invalid', `the upstream answered an upgrade with ${found}`)

const tooLate = ({ timeouts }: Route): SallyportError =>
  new SallyportError('upstream-timeout', `no answer to an upgrade within ${timeouts.responseMs} ms`)
