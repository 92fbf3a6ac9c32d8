// The listening socket and Node's own limits on it: what a client may do to us before we have read a whole request.
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext } from 'node:tls'
import type { ServerConfig } from '../core/settings.ts'
import { http } from '../node-http.ts'
import { type Bounds, boundConnections, type Crowded } from './connections.ts'
import { MOST_HEADERS } from './framing.ts'
import { endWithLinger, lingerBehindAnswers } from './linger.ts'
import { keepTurns, type Turns } from './turns.ts'

export type Visitors = {
  handle(req: IncomingMessage, res: ServerResponse): void
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void
}

export type Closing = { readonly idle: Promise<unknown>; readonly withinMs: number; beforeCut(): void }

export type FrontGate = {
  readonly server: Server | TlsServer
  /**
   * Makes ready what may change while the socket stays open: the certificate, and how many connections from whom. Throws what OpenSSL
   * has against the certificate; putting it into use, by what is answered, throws nothing.
   */
  prepare(server: ServerConfig): () => void
  close(closing: Closing): Promise<void>
}

/** Longer than the idle time of common load balancers (60 s), or they would reuse a connection that we just closed. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_MS = 20_000
/** How often Node looks for connections that are past their time. */
const LOOK_MS = 5_000

/** `onCrowded`: a connection was refused, because there are too many. */
export function openFrontGate(
  config: ServerConfig,
  { handle, upgrade }: Visitors,
  onCrowded: (why: Crowded) => void = () => {},
): FrontGate {
  const { limits, tls } = config
  const turns = keepTurns()
  const refuse = refuser(turns)
  const headersTimeout = limits.requestMs > 0 ? Math.min(HEADERS_MS, limits.requestMs) : HEADERS_MS
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    insecureHTTPParser: false,
    requireHostHeader: true,
    requestTimeout: limits.requestMs,
    headersTimeout,
    connectionsCheckingInterval: Math.min(LOOK_MS, headersTimeout),
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    // Any other upgrade is an ordinary request whose Upgrade field ends here (RFC 9110 7.8), and so is one that cannot wait for its turn.
    ...{
      optimizeEmptyRequests: true,
      shouldUpgradeCallback: (req: IncomingMessage) =>
        req.headers.upgrade?.toLowerCase() === 'websocket' && !turns.owes(req.socket),
    },
  }
  const server = tls
    ? createTlsServer({ ...options, ...secureContext(tls), handshakeTimeout: headersTimeout })
    : http.createServer(options)
  server.maxHeadersCount = MOST_HEADERS
  const bound = boundConnections(server, boundsOf(config), onCrowded)
  server.on(tls ? 'secureConnection' : 'connection', lingerBehindAnswers)
  let closing = false
  const receive: Visitors['handle'] = (req, res) => {
    turns.owe(res)
    if (closing) res.shouldKeepAlive = false
    handle(req, res)
  }
  server.on('request', receive)
  // The 100 is sent only when the request may pass; until then an upload waits.
  server.on('checkContinue', receive)
  server.on('checkExpectation', receive)
  server.on('upgrade', upgrade)
  server.on('connect', (_req, socket) => refuse(socket, '405 Method Not Allowed'))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(socket, clientErrorStatus(error)))
  if (tls) server.on('tlsClientError', (_error, socket) => socket.destroy())
  return {
    server,
    prepare(next) {
      const context = next.tls && secureContext(next.tls)
      if (context) createSecureContext(context)
      return () => {
        if (context && server instanceof TlsServer) server.setSecureContext(context)
        bound(boundsOf(next))
      }
    },
    close(how) {
      closing = true
      return close(server, how)
    },
  }
}

const boundsOf = ({ limits, trustedProxies }: ServerConfig): Bounds => ({ ...limits, trustedProxies })

const secureContext = ({ cert, key, minVersion }: NonNullable<ServerConfig['tls']>) => ({
  cert,
  key: key.reveal(),
  minVersion,
})

/** What the parser refused never became a request, so it gets a bare answer, once and in its turn. What comes behind it is thrown away. */
function refuser(turns: Turns): (socket: Duplex, status: string) => void {
  const refused = new WeakSet<Duplex>()
  return (socket, status) => {
    if (refused.has(socket)) return
    refused.add(socket)
    // A CONNECT has taken the socket out of Node's hands, so its end would go unnoticed too.
    socket
      .on('error', () => socket.destroy())
      .on('end', () => socket.end())
      .resume()
    turns.behind(socket, owed => {
      // The answer before was the last, and its end is under way.
      if (!socket.writable) return
      // Inside an answer that has begun, these bytes would be taken for a part of it.
      if (owed.some(res => res.headersSent)) return void socket.destroy()
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      endWithLinger(socket as Socket)
    })
  }
}

function clientErrorStatus({ code }: NodeJS.ErrnoException): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
}

/** No new connections; those at rest end now, the others when their request has ended or the time is over. */
async function close(server: Server | TlsServer, { idle, withinMs, beforeCut }: Closing): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = Promise.withResolvers<void>()
  const timeout = setTimeout(timer.resolve, withinMs)
  await Promise.race([idle, timer.promise])
  clearTimeout(timeout)
  beforeCut()
  server.closeAllConnections()
  await closed
}
