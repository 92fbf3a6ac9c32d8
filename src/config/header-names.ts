// Which header names a configuration may write or remove.
import { foldName } from '../core/identity-headers.ts'
import { identityWords, parseTemplate, type Template } from '../core/template.ts'
import type { Refusal } from './problems.ts'

// They frame the message, belong to the connection, or are written from the request itself.
const notOurs = new Set([
  ...['host', 'content-length', 'transfer-encoding', 'expect', 'cookie', 'set-cookie', 'date', 'content-encoding'],
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'],
  ...['proxy-authorization', 'proxy-authenticate', 'http2-settings'],
  ...['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port'],
])
const notRemovable = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect'])

export const readSettableName = (text: string): string | Refusal =>
  readName(text) ?? (isNotOurs(text) ? refuseReserved : text)

export const readRemovableName = (text: string): string | Refusal =>
  readName(text) ?? (notRemovable.has(foldName(text)) ? refuseReserved : text)

const isNotOurs = (text: string): boolean => notOurs.has(foldName(text)) || foldName(text).startsWith('sec-websocket')

/** RFC 9110 5.1, without the characters that CGI-like backends confuse with a hyphen. */
function readName(text: string): Refusal | undefined {
  const wanted = 'write a header name of letters, digits and "-", such as X-Team'
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(text)) return { refused: 'is not a header name', wanted }
  if (!/[^0-9A-Za-z-]/.test(text)) return undefined
  const suggestion = `write "${text.replace(/[^0-9A-Za-z-]+/g, '-')}"`
  return { refused: 'has a character that backends confuse with "-"', wanted, suggestion }
}

const refuseReserved: Refusal = {
  refused: 'is a header that the gateway writes or forwards by its own rules',
  wanted: 'choose another name',
}

const placeholders = identityWords.map(word => `{identity.${word}}`).join(', ')

export function readTemplate(text: string): Template | Refusal {
  if (text === '') return { refused: 'is empty', wanted: 'write a text, or name the header under "remove"' }
  const wanted = `write printable ASCII with ${placeholders} or {claims.path}`
  return parseTemplate(text) ?? { refused: 'has an unknown placeholder, a stray brace or a special character', wanted }
}

/** One of our words for an identity, else a claim by its bare path, or a template. A bare word taken as text would be one identity for everybody. */
export function readIdentityTemplate(text: string): Template | Refusal {
  if (!/^[^{}\s]+$/.test(text)) return readTemplate(text)
  const isWord = identityWords.some(word => word === text)
  return readTemplate(isWord ? `{identity.${text}}` : `{claims.${text}}`)
}
