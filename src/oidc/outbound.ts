// Outbound calls to one provider: its own connections and certificate authorities, no redirects, bounded in time and size.
import { getCACertificates } from 'node:tls'
import type { CustomFetch } from 'openid-client'
import { Agent, fetch } from 'undici'
import { SallyportError } from '../core/errors.ts'
import type { ProviderConfig } from '../core/settings.ts'

const MOST_BYTES = 1024 * 1024

export type Outbound = { readonly fetch: CustomFetch; close(): Promise<void> }

export function makeOutbound({ timeoutMs, ca }: Pick<ProviderConfig, 'timeoutMs' | 'ca'>): Outbound {
  const trust = ca === undefined ? {} : { ca: [...getCACertificates(), ca] }
  // `true` in so many words also overrules NODE_TLS_REJECT_UNAUTHORIZED.
  const dispatcher = new Agent({ connect: { timeout: timeoutMs, rejectUnauthorized: true, ...trust } })
  return {
    async fetch(url, { method, headers, body }) {
      // The one time limit holds for the whole exchange: connecting, waiting and reading.
      const signal = AbortSignal.timeout(timeoutMs)
      const text = body instanceof URLSearchParams ? body.toString() : null
      const answer = await fetch(url, { method, headers, body: text, signal, redirect: 'manual', dispatcher })
      if (answer.type === 'opaqueredirect' || (answer.status >= 300 && answer.status < 400))
        throw new SallyportError('login-failed', `${place(url)} answered with a redirect, which is never followed`)
      const bytes = await readBounded(url, answer.body ?? [])
      return new Response(bytes.length === 0 ? null : bytes, { status: answer.status, headers: [...answer.headers] })
    },
    close: () => dispatcher.destroy(),
  }
}

async function readBounded(url: string, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MOST_BYTES) throw new SallyportError('login-failed', `${place(url)} answered with more than 1 MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Where a call went, for the log: without a query, which may hold more than an address. */
const place = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
