// A small web application that knows nothing of gateways: it believes the headers it is given, as such applications do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { appPage } from './app-page.ts'
import { echo } from './websocket-echo.ts'

export type DemoApp = { readonly url: string; readonly port: number; close(): Promise<void> }

/** Listens on a free port of 127.0.0.1. */
export async function startDemoApp(): Promise<DemoApp> {
  const server = createServer(answer)
  const tunnels = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    tunnels.add(socket)
    socket.once('close', () => tunnels.delete(socket))
    if (pathOf(request) === '/echo') echo(request, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const tunnel of tunnels) tunnel.destroy()
      }),
  }
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/'

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (pathOf(request) === '/events') tick(response)
  else show(request, response)
}

function show(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(
    appPage({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      fields: pairs(request.rawHeaders),
      headers: request.headers,
    }),
  )
}

/** Server-sent events: the time, once a second, for as long as somebody listens. */
function tick(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const send = () => response.write(`data: ${new Date().toISOString()}\n\n`)
  send()
  const clock = setInterval(send, 1000)
  response.once('close', () => clearInterval(clock))
}

function pairs(rawHeaders: readonly string[]): ReadonlyArray<readonly [name: string, value: string]> {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : []))
}
