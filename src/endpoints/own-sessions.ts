// The sessions of the person that a session belongs to: this one, and all others that are known.
import { type Session, type SessionSummary, summaryOf } from '../core/session.ts'
import type { Reception } from './reception.ts'

export type OwnSessions = {
  readonly current: SessionSummary
  /** The one used last comes first. */
  readonly others: readonly SessionSummary[]
  /** False where only the browsers know. */
  readonly areAllKnown: boolean
}

const PAGE = 100
/** A person who has more sessions than this does not look at them one by one; and reading them all would keep others waiting. */
const MOST_PAGES = 3

export async function ownSessions(session: Session, { sessions, session: settings }: Reception): Promise<OwnSessions> {
  const { issuer, subject } = session.identity
  const others: SessionSummary[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await sessions.list({ issuer, subject }, { limit: PAGE, cursor })
    others.push(...page.sessions.filter(({ id }) => id !== session.id))
    cursor = page.cursor
    if (cursor === undefined) break
  }
  return {
    current: summaryOf(session),
    others: others.sort((a, b) => b.seenAt - a.seenAt),
    areAllKnown: settings.store.type !== 'cookie',
  }
}
