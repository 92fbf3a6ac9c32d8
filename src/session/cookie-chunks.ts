// A ticket in as many cookies as it needs: NAME, NAME.1 … NAME.7. What the writer may write, the reader reads, and no more.
import type { CookieConfig } from '../core/settings.ts'
import { type Cookie, deleteCookies, MOST_AGE_SECONDS, setCookie } from './cookies.ts'

const MOST_CHUNKS = 8

/** RFC 6265 6.1: what every browser keeps of one cookie, its name and attributes included. */
const MOST_COOKIE_BYTES = 4096

export type TicketReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'unreadable'; readonly why: 'cookie sent twice' | 'chunk missing' | 'too many chunks' }

/** Puts the ticket together again. That the last chunk is there too is for the ticket itself to prove. */
export function readTicket(cookies: readonly Cookie[], base: string): TicketReading {
  const chunks = new Map<number, string>()
  for (const { name, value } of cookies) {
    const number = chunkNumber(name, base)
    if (number === undefined) continue
    if (number >= MOST_CHUNKS) return { kind: 'unreadable', why: 'too many chunks' }
    if (chunks.has(number)) return { kind: 'unreadable', why: 'cookie sent twice' }
    chunks.set(number, value)
  }
  if (chunks.size === 0) return { kind: 'none' }
  const inOrder = [...chunks].sort(([a], [b]) => a - b)
  if (inOrder.some(([number], index) => number !== index)) return { kind: 'unreadable', why: 'chunk missing' }
  return { kind: 'ticket', ticket: inOrder.map(([, value]) => value).join('') }
}

/**
 * The Set-Cookie lines that make `ticket` the only one in a browser that sent `cookies`. Deletions come first, so that
 * none of them can undo a line after it.
 */
export function writeTicket(
  { ticket, maxAgeSeconds }: { readonly ticket: string; readonly maxAgeSeconds: number },
  cookies: readonly Cookie[],
  config: CookieConfig,
): readonly string[] {
  const room = chunkRoom(config)
  const lines = Array.from({ length: Math.ceil(ticket.length / room) }, (_, number) => {
    const value = ticket.slice(number * room, (number + 1) * room)
    return setCookie({ name: chunkName(config.name, number), value, maxAgeSeconds }, config)
  })
  const leftover = ticketNames(cookies, config.name).filter(name => isLeftover(name, lines.length, config))
  return [...deleteCookies(leftover, config), ...lines]
}

/** The Set-Cookie lines that leave no part of a ticket in a browser that sent `cookies`. */
export const clearTicket = (cookies: readonly Cookie[], config: CookieConfig): readonly string[] =>
  deleteCookies(ticketNames(cookies, config.name), config)

/** Whatever a ticket may be in: for a browser whose cookies cannot be seen. */
export const everyChunk = ({ name }: CookieConfig): readonly Cookie[] =>
  Array.from({ length: MOST_CHUNKS }, (_, number) => ({ name: chunkName(name, number), value: '' }))

/** How long a ticket may be. */
export const ticketRoom = (config: CookieConfig): number => MOST_CHUNKS * chunkRoom(config)

function chunkRoom(config: CookieConfig): number {
  const longest = { name: chunkName(config.name, MOST_CHUNKS - 1), value: '', maxAgeSeconds: MOST_AGE_SECONDS }
  return MOST_COOKIE_BYTES - Buffer.byteLength(setCookie(longest, config))
}

const chunkName = (base: string, number: number): string => (number === 0 ? base : `${base}.${number}`)

/** With a domain, a name that is written anew may still have a copy without one. */
const isLeftover = (name: string, written: number, config: CookieConfig): boolean =>
  config.domain !== undefined || (chunkNumber(name, config.name) ?? 0) >= written

const ticketNames = (cookies: readonly Cookie[], base: string): readonly string[] =>
  cookies.map(({ name }) => name).filter(name => chunkNumber(name, base) !== undefined)

/** Numbers in a spelling that we do not write count as one too many; any other name is no chunk at all. */
function chunkNumber(name: string, base: string): number | undefined {
  if (name === base) return 0
  const suffix = name.slice(base.length + 1)
  if (!/^\d{1,5}$/.test(suffix)) return undefined
  return /^[1-9]\d*$/.test(suffix) ? Number(suffix) : MOST_CHUNKS
}
