// Outbound calls to one provider: its own connections and certificate authorities, no redirects, bounded in time and size.
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { getCACertificates } from 'node:tls'
import type { CustomFetch } from 'openid-client'
import { describe, SallyportError } from '../core/errors.ts'
import type { ProviderConfig } from '../core/settings.ts'
import { http } from '../node-http.ts'
import { unavailable } from './errors.ts'

const MOST_BYTES = 1024 * 1024
/** Below the five seconds after which many servers close: nobody sends a code into a connection that is about to go. */
const idle = { keepAlive: true, timeout: 4_000 }

export type Outbound = { readonly fetch: CustomFetch; close(): Promise<void> }

export function makeOutbound({ timeoutMs, ca }: Pick<ProviderConfig, 'timeoutMs' | 'ca'>): Outbound {
  const trust = ca === undefined ? {} : { ca: [...getCACertificates(), ca] }
  // `true` in so many words also overrules NODE_TLS_REJECT_UNAUTHORIZED.
  const secure = new Agent({ ...idle, rejectUnauthorized: true, ...trust })
  const plain = new http.Agent(idle)
  const ask = (url: string, options: RequestOptions) =>
    new URL(url).protocol === 'https:'
      ? request(url, { ...options, agent: secure })
      : http.request(url, { ...options, agent: plain })

  function answerTo(url: string, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const asked = ask(url, options).on('response', resolve).on('error', reject)
      // A switch of protocols that nobody listens for would end the request without a word, and never the waiting for it.
      asked.on('upgrade', (_, socket) => socket.destroy())
      asked.on('close', () => reject(new Error('the connection closed without an answer')))
      asked.end(body)
    })
  }

  return {
    async fetch(url, { method, headers, body }) {
      // The one time limit holds for the whole exchange: connecting, waiting and reading.
      const signal = AbortSignal.timeout(timeoutMs)
      const text = body instanceof URLSearchParams ? body.toString() : undefined
      try {
        const asked = { method, headers: { ...headers, 'accept-encoding': 'identity' }, signal }
        const answer = await answerTo(url, asked, text)
        return responseOf(answer, await readBounded(url, answer))
      } catch (error) {
        if (error instanceof SallyportError) throw error
        throw unavailable(`${place(url)} gave no answer: ${describe(signal.aborted ? signal.reason : error)}`)
      }
    },
    async close() {
      secure.destroy()
      plain.destroy()
    },
  }
}

async function readBounded(url: string, answer: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const { statusCode = 0 } = answer
  if (statusCode >= 300 && statusCode < 400)
    throw refused(answer, `${place(url)} answered with a redirect, which is never followed`)
  if (statusCode < 200 || statusCode > 599)
    throw refused(answer, `${place(url)} answered with the status ${statusCode}`)
  if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw refused(answer, `${place(url)} answered with a coding that was not asked for`)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    size += chunk.length
    if (size > MOST_BYTES) throw refused(answer, `${place(url)} answered with more than 1 MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function refused(answer: IncomingMessage, why: string): SallyportError {
  answer.destroy()
  return new SallyportError('login-failed', why)
}

function responseOf({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer<ArrayBuffer>): Response {
  const lines = Object.entries(headers).map(([name, value]): [string, string] => [name, [value].flat().join(', ')])
  return new Response(bytes.length === 0 ? null : bytes, { status: statusCode, headers: lines })
}

/** Where a call went, for the log: without a query, which may hold more than an address. */
const place = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
