// Who asks: a person's browser going to a page, or a program that wants an answer it can read.
import type { IncomingMessage } from 'node:http'

export type Asks = 'navigation' | 'data'

/** By Fetch metadata where there is any; browsers without it are known by asking for HTML. A prefetch is nobody going anywhere. */
export function whoAsks(raw: IncomingMessage): Asks {
  const mode = raw.headers['sec-fetch-mode']
  if (raw.headers['sec-purpose']?.includes('prefetch')) return 'data'
  if (mode !== undefined) return mode === 'navigate' ? 'navigation' : 'data'
  const wantsPage = raw.headers.accept?.includes('text/html') ?? false
  return wantsPage && (raw.method === 'GET' || raw.method === 'HEAD') ? 'navigation' : 'data'
}

/** What the browser says of where the request came from; undefined from programs and old browsers. */
export function cameFrom(raw: IncomingMessage, ownOrigin: string): 'same-origin' | 'elsewhere' | 'nobody-says' {
  const site = raw.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' ? 'same-origin' : 'elsewhere'
  const origin = raw.headers.origin
  if (origin === undefined) return 'nobody-says'
  return origin === ownOrigin ? 'same-origin' : 'elsewhere'
}
