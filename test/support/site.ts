// A small site of given answers on 127.0.0.1, for tests of what browsers make of them.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Site = { readonly origin: string; readonly requests: IncomingMessage[] }

type Test = { teardown(end: () => unknown): void }

/** Runs until the test ends; remembers what it was asked. */
export async function startSite(t: Test, answer: RequestListener): Promise<Site> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}
