// Judges an upstream's 101: it must answer this very websocket handshake, and choose only what the client had offered (RFC 6455 4.1).
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { linesOf, listOf } from './hop-by-hop.ts'

/** RFC 6455 1.3 */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export type SwitchAnswer = Pick<IncomingMessage, 'statusCode' | 'rawHeaders'>

/** What is wrong with the answer to the request whose raw headers were `asked`; undefined when the two sides agree. */
export function switchProblem(
  asked: readonly string[],
  { statusCode, rawHeaders: answered }: SwitchAnswer,
): string | undefined {
  if (statusCode !== 101) return 'an upgrade without a 101'
  if (linesOf(answered, 'upgrade').join().toLowerCase() !== 'websocket')
    return 'a 101 to something other than "websocket"'
  if (!linesOf(answered, 'connection').flatMap(listOf).includes('upgrade')) return 'a 101 without "Connection: Upgrade"'
  const accept = createHash('sha1')
    .update(linesOf(asked, 'sec-websocket-key').join() + HANDSHAKE_GUID)
    .digest('base64')
  if (linesOf(answered, 'sec-websocket-accept').join() !== accept) return 'a Sec-WebSocket-Accept for another handshake'
  return protocolProblem(asked, answered) ?? extensionProblem(asked, answered)
}

function protocolProblem(asked: readonly string[], answered: readonly string[]): string | undefined {
  const chosen = linesOf(answered, 'sec-websocket-protocol')
  if (chosen.length === 0) return undefined
  const offered = linesOf(asked, 'sec-websocket-protocol')
    .flatMap(line => line.split(','))
    .map(name => name.trim())
  return chosen.length === 1 && offered.includes(chosen[0] ?? '') ? undefined : 'a subprotocol that was not offered'
}

function extensionProblem(asked: readonly string[], answered: readonly string[]): string | undefined {
  const offered = extensionNames(asked)
  return extensionNames(answered).every(name => offered.includes(name))
    ? undefined
    : 'an extension that was not offered'
}

const extensionNames = (rawHeaders: readonly string[]): string[] =>
  linesOf(rawHeaders, 'sec-websocket-extensions')
    .flatMap(listOf)
    .map(extension => (extension.split(';', 1)[0] ?? '').trim())
