// What every session store promises. A store keeps sessions behind tickets; when a session is over is not for it to judge.
import type { Milliseconds } from '../core/duration.ts'
import type { Session } from '../core/session.ts'

export type SessionStore = {
  /** Keeps a new session; answers the ticket that the browser will carry. Throws `session-too-large` when it cannot be kept. */
  add(entry: Entry): Promise<string>
  /** The session behind a ticket of this host. Undefined: there is none any more. `unreadable`: the ticket was never ours. */
  find(ticket: string, host: string): Promise<Session | 'unreadable' | undefined>
  /** Writes down a later `seenAt`; answers the new ticket when it had to change. Never brings an ended session back. */
  touch(ticket: string, entry: Entry): Promise<string | undefined>
  /** From now on there is nothing behind this ticket, however often it is sent again. */
  end(ticket: string, host: string): Promise<void>
  /** How many sessions are kept; undefined where only the browsers know. */
  readonly count: number | undefined
  close(): Promise<void>
}

export type Entry = {
  readonly session: Session
  readonly host: string
  /** How long it is worth keeping if nobody comes back. */
  readonly keepMs: Milliseconds
}
