// Discovery: the provider's metadata, fetched in the background, kept, and renewed every hour.
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
import { makeBackOff } from './back-off.ts'
import { clientAuth } from './client-auth.ts'
import { providerFailure, unavailable } from './errors.ts'
import { keep } from './kept.ts'
import { lacksResponseMode, lacksS256, type Metadata, mayUseHttp, metadataProblem } from './metadata.ts'

const limits = { freshMs: 60 * 60_000, staleMs: Number.POSITIVE_INFINITY, retryMs: 30_000 }

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
  const backOff = makeBackOff(warmUp)
  let failure: SallyportError | undefined

  async function attempt(): Promise<Discovered> {
    try {
      const discovered = await discover(settings, fetch)
      failure = undefined
      backOff.reset()
      if (lacksS256(discovered.metadata)) log.warn(facts, 'provider metadata lists PKCE methods without S256')
      if (lacksResponseMode(discovered.metadata, settings))
        log.warn(facts, 'provider metadata lists response modes without ours')
      return discovered
    } catch (cause) {
      failure = providerFailure('discovery', cause)
      if (!kept.peek()) tryAgain(failure)
      throw failure
    }
  }

  function tryAgain(reason: SallyportError): void {
    backOff.wait()
    const retryInSeconds = backOff.secondsLeft()
    if (retryInSeconds === undefined) return
    log.warn({ ...facts, problem: describe(reason), retryInSeconds }, 'discovery failed and will be tried again')
  }

  async function get(now: number): Promise<Discovered> {
    const seconds = backOff.secondsLeft()
    // Between two attempts nobody waits for a third: the answer is known, and when it may change.
    if (failure && seconds !== undefined && !kept.peek()) throw postponed(failure, seconds)
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
    close: backOff.close,
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

const postponed = ({ code, message }: SallyportError, retryAfterSeconds: number): SallyportError =>
  new SallyportError(code, message, { retryAfterSeconds })
