// The session store, from what was written to what the session room works with.
import type { RedisConfig, StoreConfig } from '../core/settings.ts'
import type { WrittenRedis, WrittenStore } from './store-schema.ts'

export function buildStore(store: WrittenStore): StoreConfig {
  if (store.type === 'memory') return store
  if (store.type === 'redis') return { type: 'redis', redis: buildRedis(store) }
  return { type: 'cookie', notBefore: store.notBefore && buildRedis(store.notBefore) }
}

function buildRedis(written: WrittenRedis): RedisConfig {
  const { url, keyPrefix, timeout, downFor } = written
  const shared = { tls: buildTls(written), keyPrefix, timeoutMs: timeout, downForMs: downFor }
  if (!url)
    return { ...shared, at: placeOf(written), database: 0, username: written.username, password: written.password }
  const { host, port, database, username, password } = url
  return { ...shared, at: { kind: 'single', host, port }, database, username, password }
}

function placeOf({ cluster, sentinel }: WrittenRedis): RedisConfig['at'] {
  if (cluster) return { kind: 'cluster', nodes: cluster }
  if (!sentinel) throw new TypeError('the checks let no store pass that names no Redis')
  const { name, nodes, password } = sentinel
  return { kind: 'sentinel', name, nodes, password }
}

function buildTls({ url, tls }: WrittenRedis): RedisConfig['tls'] {
  if (tls === undefined && !url?.isTls) return undefined
  const { ca, cert, key, serverName } = tls === true || tls === undefined ? {} : tls
  return { ca, cert, key, serverName }
}
