// Rooms by path: what stands under each path of one host, in one spelling; exact paths apart from prefixes.
import type { Route } from './route.ts'

/** The routes under one path of one host, several by method; none for the room of our own endpoints. */
export type Room = {
  /** Canonical; without a slash at the end unless `exact`. */
  readonly path: string
  readonly exact: boolean
  readonly routes: readonly Route[]
}

export type RoomIndex = {
  /** The rooms that a path leads to: several when their paths are one in this spelling, none when it leads nowhere. */
  find(path: string): readonly Room[]
}

export type Spelling = {
  /** Of a canonical path, as a room has it. */
  readonly ofRoom: (path: string) => string
  /** Of a path that is looked for. */
  readonly ofPath: (path: string) => string
  /** Whether `/a` and `/a/` are two exact paths. */
  readonly endSlashMatters: boolean
}

/** `own` wins over every other room. */
export function roomIndex(own: Room, rooms: readonly Room[], spelling: Spelling): RoomIndex {
  const exact = bySpelling(
    rooms.filter(room => room.exact),
    spelling,
  )
  const prefix = bySpelling(
    rooms.filter(room => !room.exact),
    spelling,
  )
  const longest = longestOf(prefix.keys())
  const ownPath = spelling.ofRoom(own.path)
  return {
    find(asked) {
      const path = spelling.ofPath(asked)
      if (path === ownPath || path.startsWith(`${ownPath}/`)) return [own]
      const otherEnd = spelling.endSlashMatters ? undefined : exact.get(withOtherEnd(path))
      return exact.get(path) ?? otherEnd ?? longestPrefix(prefix, longest, path) ?? []
    },
  }
}

function bySpelling(rooms: readonly Room[], { ofRoom }: Spelling): Map<string, readonly Room[]> {
  const found = new Map<string, Room[]>()
  for (const room of rooms) {
    const path = ofRoom(room.path)
    found.set(path, [...(found.get(path) ?? []), room])
  }
  return found
}

function longestOf(paths: Iterable<string>): number {
  let longest = 0
  for (const path of paths) longest = Math.max(longest, path.length)
  return longest
}

/** Prefixes end at a segment boundary: `/pub` is not a prefix of `/public`. Cost goes by the longest prefix, not by the path. */
function longestPrefix<T>(prefixes: ReadonlyMap<string, T>, longest: number, path: string): T | undefined {
  let end = path.length
  while (end > 0) {
    const found = end > longest ? undefined : prefixes.get(path.slice(0, end))
    if (found) return found
    end = path.lastIndexOf('/', Math.min(end - 1, longest))
  }
  return prefixes.get('')
}

const withOtherEnd = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : `${path}/`)
