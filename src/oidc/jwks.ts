// The provider's public keys: fetched by us, kept, and fetched again at once when a token names a key that is not there.
import { isDeepStrictEqual } from 'node:util'
import type { JWK } from 'jose'
import type { CustomFetch } from 'openid-client'
import { describe, SallyportError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { providerFailure, unavailable } from './errors.ts'
import { keep } from './kept.ts'

const limits = { freshMs: 60 * 60_000, staleMs: 24 * 60 * 60_000, retryMs: 30_000 }
const MOST_FORCED = 5
const MOST_FORCED_BY_STRANGERS = 2
const FORCED_WINDOW_MS = 60_000
const MOST_KEYS = 100

export type KeySet = readonly JWK[]

export type KeyRing = {
  keys(now: number): Promise<KeySet>
  /** A newer set than the one in which no key was found; undefined when that was asked for too often in vain lately. */
  newerKeys(than: KeySet, now: number): Promise<KeySet | undefined>
}

export function makeKeyRing(jwksUri: string, fetch: CustomFetch, log: Log): KeyRing {
  const kept = keep(
    () => fetchKeys(jwksUri, fetch),
    limits,
    cause =>
      log.warn({ jwksUri, problem: describe(cause) }, 'the provider keys could not be renewed; the old ones stay'),
  )
  let forcedAt: readonly number[] = []
  let underWay: Promise<KeySet> | undefined
  return {
    keys: kept.get,
    async newerKeys(than, now) {
      const current = kept.peek()
      if (current && current !== than) return current
      if (underWay) return underWay
      // A rotation needs one request; a flood of invented key ids must not become a flood of requests.
      forcedAt = forcedAt.filter(at => at > now - FORCED_WINDOW_MS)
      if (forcedAt.length >= MOST_FORCED) return undefined
      forcedAt = [...forcedAt, now]
      underWay = kept.renew(now).finally(() => {
        underWay = undefined
      })
      const newer = await underWay
      // Nobody but the provider can change them, so these were worth it, and there may be more to come.
      if (!isDeepStrictEqual(newer, than)) forcedAt = forcedAt.slice(0, -1)
      return newer
    },
  }
}

/** For tokens that anybody may send: what strangers invent uses up a part of the requests for newer keys, never all of them. */
export function strangersRing(ring: KeyRing): KeyRing {
  let forcedAt: readonly number[] = []
  return {
    keys: ring.keys,
    async newerKeys(than, now) {
      forcedAt = forcedAt.filter(at => at > now - FORCED_WINDOW_MS)
      if (forcedAt.length >= MOST_FORCED_BY_STRANGERS) return undefined
      forcedAt = [...forcedAt, now]
      return ring.newerKeys(than, now)
    },
  }
}

async function fetchKeys(jwksUri: string, fetch: CustomFetch): Promise<KeySet> {
  const attempted = 'the request for the provider keys'
  const headers = { accept: 'application/json, application/jwk-set+json' }
  try {
    const answer = await fetch(jwksUri, { method: 'GET', headers, body: undefined, redirect: 'manual' })
    if (answer.status !== 200) throw unavailable(`${attempted} was answered with status ${answer.status}`)
    return readKeys(await answer.json())
  } catch (cause) {
    throw providerFailure(attempted, cause)
  }
}

/** RFC 7517 5: whatever is no object is left out here, and whatever does not fit a signature when one is checked. */
function readKeys(body: unknown): KeySet {
  const keys = isObject(body) ? body.keys : undefined
  if (!Array.isArray(keys) || keys.length > MOST_KEYS)
    throw new SallyportError('login-failed', `the provider keys are not a JWK Set of at most ${MOST_KEYS} keys`)
  return keys.filter(isObject)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
