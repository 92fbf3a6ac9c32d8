// Discovery: the provider's metadata, fetched in the background, kept, and renewed every hour.
import { randomInt } from 'node:crypto'
import {
  allowInsecureRequests,
  type Configuration,
  type CustomFetch,
  clockTolerance,
  customFetch,
  discovery,
} from 'openid-client'
import { describe, SallyportError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ProviderConfig } from '../core/settings.ts'
import { clientAuth } from './client-auth.ts'
import { providerFailure, unavailable } from './errors.ts'
import { keep } from './kept.ts'
import { lacksS256, type Metadata, mayUseHttp, metadataProblem } from './metadata.ts'

const limits = { freshMs: 60 * 60_000, staleMs: Number.POSITIVE_INFINITY, retryMs: 30_000 }
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30_000

/** A provider that was found: its judged metadata, and openid-client set up for it. */
export type Discovered = { readonly config: Configuration; readonly metadata: Metadata }

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly why: string }

export type Discovery = {
  get(now: number): Promise<Discovered>
  /** Undefined where `get` throws: for those who can do without. */
  find(now: number): Promise<Discovered | undefined>
  warmUp(): void
  status(): Readiness
  close(): void
}

export function makeDiscovery(settings: ProviderConfig, fetch: CustomFetch, log: Log): Discovery {
  const facts = { provider: settings.name }
  const kept = keep(attempt, limits, cause =>
    log.warn({ ...facts, problem: describe(cause) }, 'provider metadata could not be renewed; the old one stays'),
  )
  let failures = 0
  let failure: SallyportError | undefined
  let retry: { readonly timer: NodeJS.Timeout; readonly dueAt: number } | undefined
  let closed = false

  async function attempt(): Promise<Discovered> {
    try {
      const discovered = await discover(settings, fetch)
      failures = 0
      failure = undefined
      if (lacksS256(discovered.metadata)) log.warn(facts, 'provider metadata lists PKCE methods without S256')
      return discovered
    } catch (cause) {
      failure = providerFailure('discovery', cause)
      if (!kept.peek()) retryLater(failure)
      throw failure
    }
  }

  function retryLater(reason: SallyportError): void {
    if (closed) return
    const delayMs = retryDelay(failures++)
    log.warn({ ...facts, problem: describe(reason), retryInMs: delayMs }, 'discovery failed and will be tried again')
    const timer = setTimeout(() => {
      retry = undefined
      warmUp()
    }, delayMs).unref()
    retry = { timer, dueAt: Date.now() + delayMs }
  }

  async function get(now: number): Promise<Discovered> {
    // Between two attempts nobody waits for a third: the answer is known, and when it may change.
    if (failure && retry && !kept.peek()) throw postponed(failure, retry.dueAt)
    return kept.get(now)
  }

  /** A failure is remembered by `attempt`, reported by `status` and tried again by the timer. */
  const find = (now: number): Promise<Discovered | undefined> => get(now).catch(() => undefined)

  function warmUp(): void {
    void find(Date.now())
  }

  return {
    get,
    find,
    warmUp,
    status: () =>
      kept.peek() ? { ready: true } : { ready: false, why: failure?.message ?? 'discovery has not finished yet' },
    close() {
      closed = true
      clearTimeout(retry?.timer)
    },
  }
}

async function discover(settings: ProviderConfig, fetch: CustomFetch): Promise<Discovered> {
  const config = await fetchMetadata(settings, fetch)
  const metadata = config.serverMetadata()
  const problem = metadataProblem(metadata, settings)
  if (problem) throw new SallyportError('login-failed', problem)
  return { config, metadata: metadata as Metadata }
}

/** Given the well-known address, openid-client leaves the comparison of issuers to us: it would forgive a trailing slash. */
async function fetchMetadata(settings: ProviderConfig, fetch: CustomFetch): Promise<Configuration> {
  const address = new URL(`${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const client = { [clockTolerance]: settings.clockSkewMs / 1000 }
  const options = {
    [customFetch]: fetch,
    timeout: settings.timeoutMs / 1000,
    execute: mayUseHttp(settings) ? [allowInsecureRequests] : [],
  }
  try {
    return await discovery(address, settings.clientId, client, clientAuth(settings.clientAuth), options)
  } catch (cause) {
    // Whatever stands at that address, it is not metadata yet: for a login this is a provider that is away.
    throw unavailable(providerFailure('discovery', cause).message)
  }
}

/** Doubles from one second to thirty, with up to a quarter less, so that many gateways do not come back as one. */
function retryDelay(failures: number): number {
  const whole = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS)
  return Math.round(whole * (1 - randomInt(250) / 1000))
}

function postponed(failure: SallyportError, dueAt: number): SallyportError {
  const retryAfterSeconds = Math.max(1, Math.ceil((dueAt - Date.now()) / 1000))
  return new SallyportError(failure.code, failure.message, { cause: failure.cause, retryAfterSeconds })
}
