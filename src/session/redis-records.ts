// What of a session lies in Redis: the whole of it sealed with a key that only the ticket carries, and a summary sealed with ours.
import { randomBytes } from 'node:crypto'
import { Secret } from '../core/secret.ts'
import { type Session, type SessionSummary, summaryOf } from '../core/session.ts'
import { type Label, makeSealer, type Sealer } from './seal.ts'
import { readSessionText, sessionText } from './session-text.ts'

export type Ticket = { readonly id: string; readonly key: string }

/** 128 bits say which session, 256 bits open it. Redis never sees the latter. */
const ticketShape = /^([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{43})$/

export function readTicketText(text: string): Ticket | undefined {
  const [, id, key] = ticketShape.exec(text) ?? []
  return id !== undefined && key !== undefined ? { id, key } : undefined
}

export const newTicketFor = ({ id }: Session): Ticket => ({ id, key: randomBytes(32).toString('base64url') })

export const ticketText = ({ id, key }: Ticket): string => id + key

/** Throws `session-too-large`. */
export const sealSession = (session: Session, { id, key }: Ticket, host: string): string =>
  makeSealer([new Secret(key)]).seal(sessionText(session), { purpose: 'session', cookie: id, host })

/** Undefined: the ticket has the wrong key, or is of another host. */
export function openSession(sealed: string, { id, key }: Ticket, host: string): Session | undefined {
  const text = makeSealer([new Secret(key)]).open(sealed, { purpose: 'session', cookie: id, host })
  return text === undefined ? undefined : readSessionText(text)
}

export const sealSummary = (session: Session, sealer: Sealer): string =>
  sealer.seal(JSON.stringify(summaryOf(session)), summaryLabel(session.id))

/** Undefined: its secret is no longer configured. */
export function openSummary(id: string, sealed: string, sealer: Sealer): SessionSummary | undefined {
  const text = sealer.open(sealed, summaryLabel(id))
  return text === undefined ? undefined : (JSON.parse(text) as SessionSummary)
}

const summaryLabel = (id: string): Label => ({ purpose: 'session-summary', cookie: id, host: '' })
