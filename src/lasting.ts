// What outlives a generation: sessions, upstream pools, providers with equal settings, keys, numbers and the log.
import { createHash } from 'node:crypto'
import { type SigningKeys, signingKeys } from './access/assertion.ts'
import { makeRefresher, type Refresher } from './access/refresher.ts'
import type { Log } from './core/log.ts'
import { Secret } from './core/secret.ts'
import type { Config, ProviderConfig, SessionConfig } from './core/settings.ts'
import { type Metrics, makeMetrics } from './http/metrics.ts'
import { Turnstile } from './http/turnstile.ts'
import { makeProvider, type Provider } from './oidc/provider.ts'
import { makeOpenStreams, type OpenStreams, type OpenStreamsParts } from './proxy/open-streams.ts'
import { makeUpstreams, type Upstreams } from './proxy/upstreams.ts'
import { makeSessions, type Sessions } from './session/sessions.ts'

export type Lasting = {
  readonly log: Log
  readonly metrics: Metrics
  readonly upstreams: Upstreams
  readonly sessions: Sessions
  readonly streams: OpenStreams
  /** Who has something under way, whichever generation let them in. */
  readonly turnstile: Turnstile
  readonly refresher: Refresher
  readonly providers: ReadonlyMap<string, Provider>
  readonly keys: SigningKeys
  readonly now: () => number
}

export type Tools = Pick<Lasting, 'log' | 'now'> & { readonly spareKey?: Secret | undefined }

/** What one generation takes over from the one before it; `undefined` stands for the first. What it makes anew has yet to begin to work. */
export function carryOver(before: Carried | undefined, config: Config, { log, now, spareKey }: Tools): Carried {
  const metrics = before?.lasting.metrics ?? makeMetrics()
  const keys = keysFor(config.identity.assertion?.keys ?? [], spareKey, before)
  const shelf = new Map<string, Provider>()
  for (const settings of config.providers) {
    const key = keyOf(settings)
    shelf.set(key, before?.shelf.get(key) ?? makeProvider(settings, log))
  }
  const sessions = before
    ? before.lasting.sessions.renew(config.session)
    : makeSessions(config.session, log, config.server.limits.headerBytes)
  const providers = new Map(Array.from(shelf.values(), provider => [provider.name, provider]))
  const behindTheBack = config.session.store.type !== 'cookie'
  const around = { sessions, providers, metrics, log, behindTheBack }
  const refresher = before ? before.lasting.refresher.renew(around) : makeRefresher(around)
  return {
    shelf,
    lasting: {
      ...{ log, now, metrics, providers, keys, sessions, refresher },
      upstreams: before?.lasting.upstreams ?? makeUpstreams(),
      turnstile: before?.lasting.turnstile ?? new Turnstile(),
      streams: before?.lasting.streams ?? streamsOf(sessions, { log, metrics, now }),
    },
  }
}

/** A key that was made stays as long as no other is named. */
function keysFor(pems: readonly Secret[], spareKey: Secret | undefined, before: Carried | undefined): SigningKeys {
  if (pems.length > 0) return signingKeys(pems)
  return spareKey ? signingKeys([spareKey]) : (before?.lasting.keys ?? signingKeys([]))
}

/** Whatever door sessions end by later, those who listen hear of it. */
function streamsOf(sessions: Sessions, parts: OpenStreamsParts): OpenStreams {
  const streams = makeOpenStreams(parts)
  sessions.onEnded(streams.end)
  sessions.onDoubt(streams.doubt)
  parts.metrics.countStreams(streams.count)
  return streams
}

/** Providers stand on a shelf by their settings, so that equal settings keep their metadata and keys across a reload. */
export type Carried = { readonly lasting: Lasting; readonly shelf: ReadonlyMap<string, Provider> }

/** Nobody will live with what was made: it goes, and what was taken over is as those before had it. */
export async function giveBack(
  made: Carried,
  { to, settings }: { readonly to: Carried; readonly settings: SessionConfig },
): Promise<void> {
  to.lasting.sessions.renew(settings)
  await closeUnused(made, to)
}

/** Lets go of the providers that the others do not have. */
export async function closeUnused(left: Carried, others: Carried): Promise<void> {
  const unused = Array.from(left.shelf).filter(([key]) => !others.shelf.has(key))
  await Promise.all(unused.map(([, provider]) => provider.close()))
}

export async function closeLasting({ lasting }: Carried): Promise<void> {
  // A refresh that was begun is finished: its provider will not take the old token twice.
  await lasting.refresher.settled()
  await Promise.all([
    ...Array.from(lasting.providers.values(), provider => provider.close()),
    lasting.upstreams.close(),
    lasting.streams.close(),
    lasting.sessions.close(),
  ])
}

function keyOf(settings: ProviderConfig): string {
  const text = JSON.stringify(settings, function (name) {
    // JSON.stringify has asked the secret for its text before we see it; the holder still has the secret itself.
    const value = this[name]
    return value instanceof Secret ? value.reveal() : value
  })
  return createHash('sha256').update(text).digest('base64')
}
