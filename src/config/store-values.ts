// Where a Redis is, as texts of the configuration.
import { Secret } from '../core/secret.ts'
import type { HostAndPort } from '../core/settings.ts'
import { readHostName } from './addresses.ts'
import { isRefusal, type Refusal } from './problems.ts'

const STANDARD_PORT = 6379

export type RedisUrl = HostAndPort & {
  readonly isTls: boolean
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly database: number
}

/** The whole URL counts as a secret: what is wrong with it is said without it. */
export function readRedisUrl(text: string): RedisUrl | Refusal {
  const wanted = 'write it like rediss://user:password@redis.example.com:6379/0'
  const [, scheme, rest = ''] = /^(rediss?):\/\/(.*)$/s.exec(text) ?? []
  if (scheme === undefined) return { refused: 'has another scheme than redis and rediss', wanted }
  const [, login, authority = '', database = '0', more] =
    /^(?:([^@/?#]*)@)?([^@/?#]*)(?:\/(\d{1,4})?)?(.*)$/s.exec(rest) ?? []
  if (more)
    return {
      refused: 'has more than a database number behind the host, or a password that is not percent-encoded',
      wanted,
    }
  const place = readNode(authority, STANDARD_PORT)
  if (isRefusal(place)) return { refused: 'has no valid host and port', wanted }
  const [username, password] = (login ?? '').split(/:(.*)/s).map(decoded)
  if (username === null || password === null) return { refused: 'has a password that is not percent-encoded', wanted }
  return {
    ...place,
    isTls: scheme === 'rediss',
    username: username || undefined,
    password: password ? new Secret(password) : undefined,
    database: Number(database),
  }
}

/** Null: not percent-encoded as it should be. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

export function readNode(text: string, fallbackPort?: number): HostAndPort | Refusal {
  const wanted = 'write a host and a port such as redis-0.example.com:6379'
  const [, written = text, digits] = /^(.*):(\d{1,5})$/.exec(text) ?? []
  const port = digits === undefined ? fallbackPort : Number(digits)
  if (port === undefined || port < 1 || port > 65535) return { refused: 'has no port', wanted }
  const host = readHostName(written)
  return isRefusal(host)
    ? { refused: 'is not a host and a port', wanted }
    : { host: host.replace(/^\[|\]$/g, ''), port }
}

/** Part of every key and channel; a brace would move keys to one slot of a cluster. */
export const readKeyPrefix = (text: string): string | Refusal =>
  /^[A-Za-z0-9_.:-]{1,64}$/.test(text)
    ? text
    : { refused: 'is not a key prefix', wanted: 'write up to 64 of A-Z, a-z, 0-9, "_", ".", ":" and "-"' }

export const readPassword = (text: string): Secret | Refusal =>
  text === '' ? { refused: 'is empty', wanted: 'write it, or leave the key out' } : new Secret(text)
