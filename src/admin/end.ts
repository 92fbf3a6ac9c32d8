// Ends every session of one person, or of everybody with a user name, and answers which.
import type { SessionFilter, SessionSummary } from '../core/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { EndWish } from './wishes.ts'

/** Sessions that started before `startedBefore`, in epoch milliseconds. */
export async function endEverySession(
  sessions: Sessions,
  wish: EndWish,
  startedBefore: number,
): Promise<readonly string[]> {
  if ('issuer' in wish) return sessions.endWhere(wish, startedBefore)
  const people = new Map<string, Pick<SessionSummary, 'issuer' | 'subject'>>()
  // All are found before any is ended: a page moves when what stands before it goes.
  for await (const { issuer, subject } of eachSession(sessions, wish))
    people.set(JSON.stringify([issuer, subject]), { issuer, subject })
  const ended = await Promise.all(Array.from(people.values(), person => sessions.endWhere(person, startedBefore)))
  return ended.flat()
}

const PAGE = 1000

async function* eachSession(sessions: Sessions, filter: SessionFilter): AsyncGenerator<SessionSummary> {
  let cursor: string | undefined
  do {
    const page = await sessions.list(filter, { limit: PAGE, cursor })
    yield* page.sessions
    cursor = page.cursor
  } while (cursor !== undefined)
}
