// A real OpenID provider for trying things out: oidc-provider in memory, with people who need no password.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadOidcProvider } from './load-oidc-provider.ts'
import { type DemoClient, providerConfiguration } from './provider-configuration.ts'
import { signIn } from './provider-sign-in.ts'

export type DemoProviderOptions = DemoClient & {
  /** A free one when left out. */
  readonly port?: number
}

export type DemoProvider = { readonly issuer: string; close(): Promise<void> }

/** Listens on 127.0.0.1: cookies do not tell ports apart, so a gateway on `localhost` shares no jar with it. */
export async function startDemoProvider({ port = 0, ...client }: DemoProviderOptions): Promise<DemoProvider> {
  const Provider = await loadOidcProvider()
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, await providerConfiguration(client))
  const standard = provider.callback()
  const home = new URL('/', client.redirectUris[0] ?? issuer).href
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const answer = request.url?.startsWith('/interaction/')
      ? signIn({ provider, home, request, response })
      : standard(request, response)
    // Whoever left in the middle, or sent what cannot be read, gets no answer, and everybody else still gets theirs.
    answer.catch(() => response.destroy())
  })
  return { issuer, close: () => close(server) }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
