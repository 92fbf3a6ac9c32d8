// What this process remembers of sessions that live in cookies: which are void, which it has seen, which were refreshed.
import { LRUCache } from 'lru-cache'
import { type Clock, clockOf, type Session } from '../core/session.ts'
import type { EndedSignal } from './ended-signal.ts'
import { type VoidList, voidNamesOf } from './void-list.ts'

/** Outlives a reload, so that a session that ended stays ended. */
export type CookieMemory = {
  readonly voids: VoidList
  /** Remembers who was here, so that those who listen can be told whose session a new mark voids. */
  see(session: Session): void
  /** Why it is over, if it is. Throws `store-unavailable` where the shared list cannot be heard. */
  over(session: Session): Promise<'revoked' | 'unknown' | undefined>
  /** Signed out in its own browser. */
  signOut(session: Session): Promise<void>
  /** The ids of known sessions that a mark of this name voids. */
  known(name: string, startedBefore: number): readonly string[]
  /** The newest revision that went through here: requests that were under way still carry the one before it. */
  newest(session: Session): Session
  refreshed(session: Session): void
  revisionOf(id: string): number | undefined
}

const MOST_SEEN = 20_000
const MOST_REFRESHED = 5_000

type Trace = { readonly names: readonly string[]; readonly startedAt: number; revision: number }

export function makeCookieMemory(voids: VoidList, signal: EndedSignal): CookieMemory {
  const seen = new LRUCache<string, Trace>({ max: MOST_SEEN })
  const refreshed = new LRUCache<string, Session>({ max: MOST_REFRESHED })
  const known = (name: string, startedBefore: number): readonly string[] =>
    Array.from(seen.entries()).flatMap(([id, { names, startedAt }]) =>
      startedAt < startedBefore && names.includes(name) ? [id] : [],
    )
  voids.onAdded((name, startedBefore) => signal.emit(known(name, startedBefore)))
  const trace = (session: Session): Trace =>
    seen.get(session.id) ?? {
      names: [signedOutName(session), ...voidNamesOf(session)],
      startedAt: session.startedAt,
      revision: session.revision,
    }
  const isVoid =
    ({ startedAt }: Session) =>
    (name: string) =>
      startedAt < voids.get(name)
  return {
    voids,
    see(session) {
      seen.set(session.id, { ...trace(session), revision: session.revision })
    },
    async over(session) {
      await voids.current()
      const [signedOut = '', ...revoked] = trace(session).names
      if (isVoid(session)(signedOut)) return 'unknown'
      return revoked.some(isVoid(session)) ? 'revoked' : undefined
    },
    signOut: session => voids.add(signedOutName(session), session.startedAt + 1),
    known,
    newest(session) {
      const newer = refreshed.get(session.id)
      return newer && newer.revision > session.revision ? { ...newer, ...later(newer, session) } : session
    },
    refreshed: session => void refreshed.set(session.id, session),
    revisionOf(id) {
      const session = refreshed.peek(id)
      return session?.revision ?? seen.peek(id)?.revision
    },
  }
}

const later = (a: Clock, b: Clock): Clock => clockOf(a.seenAt > b.seenAt ? a : b)

const signedOutName = ({ id }: Session): string => `out:${id}`
