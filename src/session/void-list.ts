// Which sessions are over although their cookies are not: what a store keeps that keeps no sessions.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Session, WhichSessions } from '../core/session.ts'

export type VoidList = {
  /** Resolves when the list is known. Throws `store-unavailable` where it is kept elsewhere and cannot be heard of. */
  current(): Promise<void>
  /** Sessions of this name that started before `startedBefore` are over. A later mark counts on. */
  add(name: string, startedBefore: number): Promise<void>
  /** Sessions of this name that started before this time are over; 0: none is. */
  get(name: string): number
  /** Called with every mark that comes in, from this process or another. */
  onAdded(listener: (name: string, startedBefore: number) => void): void
}

/** Beyond so many the oldest marks go; most of them are older than any session by then. */
const MOST_MARKS = 200_000

/** Outlives a reload, so that a session that ended stays ended, whatever its limits become. */
export function makeVoidList(): VoidList {
  const marks = new LRUCache<string, number>({ max: MOST_MARKS })
  const listeners: Array<(name: string, startedBefore: number) => void> = []
  return {
    async add(name, startedBefore) {
      // Neither an earlier mark nor something that is no time at all.
      if (!(startedBefore > (marks.peek(name) ?? 0))) return
      marks.set(name, startedBefore)
      for (const listener of listeners) listener(name, startedBefore)
    },
    get: name => marks.peek(name) ?? 0,
    onAdded: listener => void listeners.push(listener),
    async current() {},
  }
}

/** One name per way to call a session. Hashed, because the list may lie where others read. */
export function voidName(which: WhichSessions): string {
  const [kind, ...parts] =
    'id' in which
      ? ['id', which.id]
      : 'sid' in which
        ? ['sid', which.issuer, which.sid]
        : ['person', which.issuer, which.subject]
  return `${kind}:${createHash('sha256').update(JSON.stringify(parts)).digest('base64url')}`
}

/** The names under which a session may have been voided. */
export const voidNamesOf = ({ id, sid, identity: { issuer, subject } }: Session): readonly string[] => [
  voidName({ id }),
  voidName({ issuer, subject }),
  ...(sid === undefined ? [] : [voidName({ issuer, sid })]),
]
