// Two sockets become one: bytes pass both ways at the pace of the slower side, until both have said goodbye.
import type { Duplex } from 'node:stream'
import type { Milliseconds } from '../core/duration.ts'

export type SpliceEnd = 'closed' | 'idle' | 'broken'

/** With `lastWords`, the client gets to read them behind all that it was sent, if it does so soon. */
export type Splice = { readonly closed: Promise<SpliceEnd>; end(lastWords?: Buffer): void }

const LAST_WORDS_MS = 500

/** Both sockets must allow half-open: the end of one direction leaves the other standing. */
export function splice(client: Duplex, upstream: Duplex, idleMs: Milliseconds): Splice {
  let why: SpliceEnd | undefined
  const endBecause = (reason: SpliceEnd) => () => {
    why ??= reason
    client.destroy()
    upstream.destroy()
  }
  const end = endBecause('closed')
  const closed = new Promise<SpliceEnd>(resolve => {
    const settle = () => {
      if (client.closed && upstream.closed) resolve(why ?? 'closed')
    }
    for (const side of [client, upstream]) side.on('error', endBecause('broken')).on('close', end).on('close', settle)
    if (client.destroyed || upstream.destroyed) end()
    settle()
  })
  // Every byte in either direction passes the client's socket, so its clock is the clock of both.
  onSilence(client, idleMs, endBecause('idle'))
  client.pipe(upstream).pipe(client)
  return {
    closed,
    end(lastWords) {
      if (!lastWords || !client.writable) return end()
      why ??= 'closed'
      upstream.off('close', end).destroy()
      // Read on and thrown away: a connection closed over unread bytes is reset, and the last words would be lost with it.
      client.unpipe(upstream).resume().end(lastWords)
      setTimeout(end, LAST_WORDS_MS).unref()
    },
  }
}

/** Node types the socket of an upgrade as a Duplex; it is a net.Socket with a clock. */
function onSilence(client: Duplex, idleMs: Milliseconds, end: () => void): void {
  if (!('setTimeout' in client) || typeof client.setTimeout !== 'function') return
  client.setTimeout(idleMs)
  client.on('timeout', end)
}
