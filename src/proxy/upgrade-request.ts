// Judges a client's wish to upgrade: a proper websocket handshake (RFC 6455 4.1), and from one of our own pages.
import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '../core/errors.ts'
import { linesOf, listOf } from './hop-by-hop.ts'

export type UpgradeWish = Pick<IncomingMessage, 'method' | 'httpVersion' | 'rawHeaders'>

export type UpgradeProblem = Extract<ErrorCode, 'upgrade-refused' | 'cross-site'>

/** Sixteen bytes in base64. */
const nonce = /^[A-Za-z0-9+/]{22}==$/

/**
 * `origin` is the visitor's address as `scheme://host`, with its port when that is not the scheme's own. Browsers always name the page that opens
 * a websocket in Origin, and they send cookies along whoever opens it: any other origin is refused (RFC 6455 10.2). Clients that are
 * no browsers send none, and carry no cookie by accident; they pass.
 */
export function upgradeProblem(wish: UpgradeWish, origin: string): UpgradeProblem | undefined {
  if (!isHandshake(wish)) return 'upgrade-refused'
  const origins = linesOf(wish.rawHeaders, 'origin')
  return origins.every(named => named === origin) ? undefined : 'cross-site'
}

function isHandshake({ method, httpVersion, rawHeaders }: UpgradeWish): boolean {
  if (method !== 'GET' || httpVersion !== '1.1') return false
  // A body would have to be told apart from the first frames.
  if (linesOf(rawHeaders, 'content-length').length + linesOf(rawHeaders, 'transfer-encoding').length > 0) return false
  const protocol = only(linesOf(rawHeaders, 'upgrade'))
  if (protocol?.toLowerCase() !== 'websocket') return false
  if (!linesOf(rawHeaders, 'connection').flatMap(listOf).includes('upgrade')) return false
  if (only(linesOf(rawHeaders, 'sec-websocket-version')) !== '13') return false
  return nonce.test(only(linesOf(rawHeaders, 'sec-websocket-key')) ?? '')
}

const only = (lines: readonly string[]): string | undefined => (lines.length === 1 ? lines[0] : undefined)
