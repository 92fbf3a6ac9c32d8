// From settings to connections: one to ask through, one to listen on. Only here ioredis is known, and only when it is needed.
import type { Redis } from 'ioredis'
import { certifiedFor } from '../core/certified-name.ts'
import type { HostAndPort, RedisConfig } from '../core/settings.ts'

/** Redis and Cluster, reduced to what we use of either. */
export type Connection = {
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown>
  disconnect(): void
}

/** To ask through: single server, the master that the sentinels name, or the whole cluster. */
export async function connect(config: RedisConfig): Promise<Connection> {
  const { Redis, Cluster } = await import('ioredis')
  const { at } = config
  if (at.kind !== 'cluster') return silent(new Redis({ ...optionsFor(config), ...placeOf(config, at) }))
  const { retryStrategy, enableOfflineQueue, ...redisOptions } = optionsFor(config)
  const nodes = [...at.nodes]
  return silent(new Cluster(nodes, { redisOptions, enableOfflineQueue, clusterRetryStrategy: retryStrategy }))
}

/** To listen on. In a cluster every node hears what is published at any; the next attempt goes to the next of them. */
export async function connectToListen(config: RedisConfig, attempt: number): Promise<Redis> {
  const { Redis } = await import('ioredis')
  const { at } = config
  const node = at.kind === 'cluster' ? at.nodes[attempt % at.nodes.length] : undefined
  const place = at.kind === 'cluster' ? { ...node } : placeOf(config, at)
  return silent(new Redis({ ...optionsFor(config), ...place, retryStrategy: () => null, lazyConnect: true }))
}

/** Failures reach whoever asked; without a listener Node would end the process as well. */
function silent<T extends { on(event: 'error', listener: () => void): unknown }>(connection: T): T {
  connection.on('error', () => {})
  return connection
}

type Place = Exclude<RedisConfig['at'], { readonly kind: 'cluster' }>

function placeOf(config: RedisConfig, at: Place) {
  if (at.kind === 'single') return { host: at.host, port: at.port, db: config.database }
  const { name, password } = at
  const tls = config.tls && { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(config.tls) }
  return {
    sentinels: at.nodes.map(({ host, port }): HostAndPort => ({ host, port })),
    name,
    db: config.database,
    ...(password && { sentinelPassword: password.reveal() }),
    ...tls,
    sentinelCommandTimeout: config.timeoutMs,
    sentinelRetryStrategy: soon,
    failoverDetector: true,
  }
}

const soon = (times: number): number => Math.min(times * 50, 1000)

function optionsFor({ username, password, tls, timeoutMs }: RedisConfig) {
  return {
    ...(username !== undefined && { username }),
    ...(password && { password: password.reveal() }),
    ...(tls && { tls: tlsOptions(tls) }),
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A server that hangs keeps its sockets open: after a while a new one is worth more.
    socketTimeout: timeoutMs * 3,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: soon,
    // After a failover the old master answers that it is a replica now: look for the new one.
    reconnectOnError: (error: Error): boolean => error.message.startsWith('READONLY'),
  }
}

function tlsOptions({ ca, cert, key, serverName }: NonNullable<RedisConfig['tls']>) {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key && { key: key.reveal() }),
    ...(serverName !== undefined && certifiedFor(serverName)),
    // In so many words, or NODE_TLS_REJECT_UNAUTHORIZED would decide.
    rejectUnauthorized: true,
  }
}
