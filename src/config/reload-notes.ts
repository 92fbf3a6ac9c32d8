// What a reload cannot do, and what it costs: a changed key that would otherwise be passed over in silence.
import { isDeepStrictEqual } from 'node:util'
import type { Config, RedisConfig, StoreConfig } from '../core/settings.ts'

export type ReloadNote = { readonly key: string; readonly note: string }

export type Reloading = {
  /** What the process started with: its sockets and its log were made by that. */
  readonly started: Config
  readonly old: Config
  readonly next: Config
}

export const reloadNotes = ({ started, old, next }: Reloading): readonly ReloadNote[] => [
  ...unheeded.flatMap(([key, read]) => (isDeepStrictEqual(read(started), read(next)) ? [] : [{ key, note: restart }])),
  ...lostSessions(old.session.store, next.session.store),
]

const restart = 'the change needs a restart; until then the process goes on as it started'

const unheeded: ReadonlyArray<readonly [key: string, read: (config: Config) => unknown]> = [
  ['server.listen', ({ server }) => server.listen],
  ['server.workers', ({ server }) => server.workers],
  ['server.tls', ({ server }) => server.tls !== undefined],
  ['server.limits.headers', ({ server }) => server.limits.headerBytes],
  ['server.limits.requestTimeout', ({ server }) => server.limits.requestMs],
  ['admin.listen', ({ admin }) => admin.listen],
  ['log.level', ({ log }) => log.level],
]

function lostSessions(old: StoreConfig, next: StoreConfig): ReloadNote[] {
  if (old.type === 'cookie' && next.type === 'cookie') return forgottenEnds(old.notBefore, next.notBefore)
  const isSame =
    old.type === next.type && (old.type !== 'redis' || next.type !== 'redis' || isSamePlace(old.redis, next.redis))
  return isSame
    ? []
    : [{ key: 'session.store', note: 'sessions stay behind in the store before: everybody signs in again' }]
}

function forgottenEnds(old: RedisConfig | undefined, next: RedisConfig | undefined): ReloadNote[] {
  if (isSamePlace(old, next)) return []
  const note = 'ends that only the list before knows are forgotten: replace session.secrets to end all sessions instead'
  return [{ key: 'session.store.notBefore', note }]
}

/** Whether the same things are found there; how it is reached may differ. */
const isSamePlace = (a: RedisConfig | undefined, b: RedisConfig | undefined): boolean =>
  isDeepStrictEqual([a?.at, a?.database, a?.keyPrefix], [b?.at, b?.database, b?.keyPrefix])
