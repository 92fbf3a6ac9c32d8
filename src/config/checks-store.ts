// The session store: one Redis, spoken to in one way, and nothing asked of a store that it cannot keep.
import { notShared } from '../core/shared-store.ts'
import type { ConfigDraft } from './draft.ts'
import type { Complaint, Path } from './problems.ts'
import type { WrittenRedis } from './store-schema.ts'

export const storeChecks = (draft: ConfigDraft): readonly Complaint[] => [
  ...workersApart(draft),
  ...checksByType(draft),
]

/** How many `auto` is depends on the machine; a configuration is right or wrong on all of them. */
function workersApart({ server: { workers = 1 }, session: { store } }: ConfigDraft): Complaint[] {
  const found = workers === 1 || !store ? undefined : notShared(store)
  const wanted = 'name a redis store, or write workers: 1'
  return found === undefined ? [] : [{ path: ['server', 'workers'], refused: '', found, wanted }]
}

function checksByType(draft: ConfigDraft): readonly Complaint[] {
  const { store } = draft.session
  const path = ['session', 'store']
  if (store?.type === 'redis') return [...redisWithoutSecret(draft), ...redisChecks(store, path)]
  if (store?.type !== 'cookie') return []
  return store.notBefore ? redisChecks(store.notBefore, [...path, 'notBefore']) : forgetfulAdministration(draft)
}

const redisChecks = (redis: WrittenRedis, path: Path): readonly Complaint[] => [
  ...severalPlaces(redis, path),
  ...loginBesideUrl(redis, path),
  ...tlsOverPlainUrl(redis, path),
  ...halfClientCertificate(redis, path),
]

function redisWithoutSecret({ session }: ConfigDraft): Complaint[] {
  if (session.secrets?.length !== 0) return []
  const wanted =
    'name at least one, the same at every replica: the list of sessions and logins under way are sealed with it'
  return [{ path: ['session', 'secrets'], refused: '', found: 'the redis store has no secret', wanted }]
}

/** Whoever ends a session there must be able to rely on it. */
function forgetfulAdministration({ admin }: ConfigDraft): Complaint[] {
  if (!admin.key) return []
  const found = 'the cookie store forgets at every restart, and at every other replica, which sessions were ended'
  return [{ path: ['admin', 'key'], refused: '', found, wanted: 'name session.store.notBefore, or leave the key out' }]
}

function severalPlaces({ url, cluster, sentinel }: WrittenRedis, path: Path): Complaint[] {
  const named = [url, cluster, sentinel].filter(place => place !== undefined)
  if (named.length === 1) return []
  const found = named.length === 0 ? 'it is not said where Redis is' : 'there are several answers to where Redis is'
  return [{ path, refused: '', found, wanted: 'write one of url, cluster and sentinel' }]
}

function loginBesideUrl({ url, username, password }: WrittenRedis, path: Path): Complaint[] {
  if (!url || (username === undefined && !password)) return []
  const key = password ? 'password' : 'username'
  return [{ path: [...path, key], refused: '', found: 'the url has a place for it', wanted: 'write it there' }]
}

function tlsOverPlainUrl({ url, tls }: WrittenRedis, path: Path): Complaint[] {
  if (!url || url.isTls || tls === undefined) return []
  return [
    {
      path: [...path, 'tls'],
      refused: '',
      found: 'the url is without TLS',
      wanted: 'write rediss://, or leave it out',
    },
  ]
}

function halfClientCertificate({ tls }: WrittenRedis, path: Path): Complaint[] {
  if (tls === undefined || tls === true || (tls.cert === undefined) === (tls.key === undefined)) return []
  const key = tls.cert === undefined ? 'key' : 'cert'
  return [
    { path: [...path, 'tls', key], refused: '', found: 'half of a client certificate', wanted: 'write cert and key' },
  ]
}
