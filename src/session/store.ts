// What every session store promises. A store keeps sessions behind tickets; when a session is over is not for it to judge.
import type { Milliseconds } from '../core/duration.ts'
import type { Session, SessionFilter, SessionSummary, WhichSessions } from '../core/session.ts'

export type SessionStore = {
  /** Keeps a new session; answers the ticket that the browser will carry. Throws `session-too-large` when it cannot be kept. */
  add(entry: Entry): Promise<string>
  /** The session behind a ticket of this host. `fresh`: as all replicas know it now, not as this one remembers it. */
  find(ticket: string, host: string, how?: { readonly fresh?: boolean }): Promise<Lookup>
  /** Writes down a later `seenAt`; answers the new ticket when it had to change. Never brings an ended session back. */
  touch(ticket: string, entry: Entry): Promise<string | undefined>
  /** Writes a session of a higher revision over a lower one, all but its `seenAt`; answers what is kept then. Undefined: it ended. */
  replace(ticket: string, entry: Entry): Promise<Kept | undefined>
  /** From now on there is nothing behind this ticket, however often it is sent again. */
  end(ticket: string, host: string): Promise<void>
  /** Ends those of these sessions that started before `startedBefore` (epoch ms), at every replica; answers the ids that it knows of. */
  endWhere(which: WhichSessions, startedBefore: number): Promise<readonly string[]>
  /** Undefined: there is no such session any more. */
  revisionOf(id: string): Promise<number | undefined>
  list(filter: SessionFilter, page: PageWanted): Promise<SessionPage>
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

/** `ticket`: what the browser must carry from now on. */
export type Kept = { readonly session: Session; readonly ticket?: string }

export type Lookup =
  | ({ readonly kind: 'found' } & Kept)
  /** `revoked`: from elsewhere. `unknown`: signed out in this browser, or too long ago to tell. */
  | { readonly kind: 'ended'; readonly why: 'revoked' | 'unknown' }
  /** The ticket was never ours. */
  | { readonly kind: 'unreadable' }

export type PageWanted = { readonly limit: number; readonly cursor?: string | undefined }

/** Newest first. `cursor` leads to the next page; a page may hold fewer than asked for, even none, and still have one. */
export type SessionPage = { readonly sessions: readonly SessionSummary[]; readonly cursor?: string }

export const ended = (why: 'revoked' | 'unknown'): Lookup => ({ kind: 'ended', why })

/** A cursor is how many were looked at before; whatever else somebody writes starts at the beginning. */
export const offsetOf = ({ cursor = '' }: PageWanted): number => (/^\d{1,9}$/.test(cursor) ? Number(cursor) : 0)
