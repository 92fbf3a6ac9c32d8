// Which keys stand under which session id, which session at the provider and which person, in this process.
import type { Session, WhichSessions } from '../core/session.ts'

/** Each key is taken out by itself, so that its siblings stay (they may be the only trace of a session that must end). */
export type SessionIndex = {
  add(key: string, session: Session): void
  remove(key: string, session: Session): void
  keysOf(which: WhichSessions): readonly string[]
  /** All of them, in the order in which they came. */
  keys(): readonly string[]
}

/** Most names stand for one key, and a set for one is large: there are as many names as sessions. */
type Shelf = Map<string, string | Set<string>>

export function makeSessionIndex(): SessionIndex {
  const ids: Shelf = new Map()
  // By issuer first: names put together would be texts of their own, one per session.
  const sids = new Map<string, Shelf>()
  const people = new Map<string, Shelf>()
  const places = ({ id, sid, identity: { issuer, subject } }: Session): ReadonlyArray<readonly [Shelf, string]> => [
    [ids, id],
    [shelfOf(people, issuer), subject],
    ...(sid === undefined ? [] : [[shelfOf(sids, issuer), sid] as const]),
  ]
  return {
    add(key, session) {
      for (const [shelf, name] of places(session)) put(shelf, name, key)
    },
    remove(key, session) {
      for (const [shelf, name] of places(session)) takeOut(shelf, name, key)
    },
    keysOf(which) {
      if ('id' in which) return keysAt(ids, which.id)
      if ('sid' in which) return keysAt(sids.get(which.issuer), which.sid)
      return keysAt(people.get(which.issuer), which.subject)
    },
    keys: () => [...ids.keys()].flatMap(id => keysAt(ids, id)),
  }
}

function shelfOf(shelves: Map<string, Shelf>, issuer: string): Shelf {
  const shelf = shelves.get(issuer) ?? new Map()
  shelves.set(issuer, shelf)
  return shelf
}

function put(shelf: Shelf, name: string, key: string): void {
  const there = shelf.get(name)
  if (there === undefined) shelf.set(name, key)
  else if (typeof there === 'string') shelf.set(name, new Set([there, key]))
  else there.add(key)
}

function takeOut(shelf: Shelf, name: string, key: string): void {
  const there = shelf.get(name)
  if (there === key) shelf.delete(name)
  if (typeof there !== 'object') return
  there.delete(key)
  if (there.size === 0) shelf.delete(name)
}

function keysAt(shelf: Shelf | undefined, name: string): readonly string[] {
  const there = shelf?.get(name)
  if (there === undefined) return []
  return typeof there === 'string' ? [there] : [...there]
}
