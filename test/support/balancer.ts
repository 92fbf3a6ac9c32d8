// A load balancer as gateways have them in front: in turn, past those that are down. What got no answer goes to the next, which every balancer may do with a GET.
import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from './upstream.ts'

export type Balancer = {
  readonly origin: string
  /** How many requests had to be sent again since the last time this was asked, and why. */
  takeSentAgain(): SentAgain
}

/** `refused`: nobody was there. `cut`: the connection broke before the answer. `silent`: patience was over. */
export type SentAgain = { readonly refused: number; readonly cut: number; readonly silent: number }

type Outcome = 'answered' | keyof SentAgain

const PATIENCE_MS = 3000
/** Whoever was silent is left alone for so long. */
const REST_MS = 1000

export async function startBalancer(t: Test, ports: readonly number[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true })
  const restUntil = new Map<number, number>()
  let sentAgain = { refused: 0, cut: 0, silent: 0 }
  let turn = 0
  const isAwake = (port: number): boolean => (restUntil.get(port) ?? 0) < performance.now()
  /** Beginning with the next one; those at rest only when there is nobody else. */
  const inTurn = (): readonly number[] => {
    const first = turn++ % ports.length
    const all = [...ports.slice(first), ...ports.slice(0, first)]
    return [...all.filter(isAwake), ...all]
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    for (const port of inTurn()) {
      const outcome = await pass(request, response, { port, agent })
      if (outcome === 'answered') return
      sentAgain[outcome]++
      if (outcome === 'silent') restUntil.set(port, performance.now() + REST_MS)
    }
    return response.writeHead(502).end('no gateway answers')
  }
  const server = createServer(serve)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    agent.destroy()
    server.close()
    server.closeAllConnections()
  })
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    takeSentAgain() {
      const taken = sentAgain
      sentAgain = { refused: 0, cut: 0, silent: 0 }
      return taken
    },
  }
}

type To = { readonly port: number; readonly agent: Agent }

/** The whole answer or none: a gateway that dies in the middle of one has given none. */
function pass(asked: IncomingMessage, answer: ServerResponse, { port, agent }: To): Promise<Outcome> {
  const { url: path, method } = asked
  const headers = withoutHops(asked.headers)
  return new Promise(resolve => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent, timeout: PATIENCE_MS })
    sent.on('timeout', () => {
      resolve('silent')
      sent.destroy()
    })
    sent.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED' ? 'refused' : 'cut'))
    sent.on('response', async response => {
      const body = await buffer(response).catch(() => undefined)
      if (!body) return resolve('cut')
      answer.writeHead(response.statusCode ?? 0, withoutHops(response.headers)).end(body)
      resolve('answered')
    })
    sent.end()
  })
}

const hops = new Set(['connection', 'keep-alive', 'transfer-encoding'])

const withoutHops = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hops.has(name)))
