// What the reception desk needs to do its work; every endpoint is a function of a visit and this.
import type { IncomingMessage } from 'node:http'
import type { SigningKeys } from '../access/assertion.ts'
import type { Log } from '../core/log.ts'
import { callbackPath, signedOutPath } from '../core/own-paths.ts'
import type { ServerConfig, SessionConfig } from '../core/settings.ts'
import type { Answer } from '../http/answer.ts'
import type { Metrics } from '../http/metrics.ts'
import type { Address, Visit } from '../http/visit.ts'
import type { Provider } from '../oidc/provider.ts'
import type { Sessions } from '../session/sessions.ts'
import type { FormReading } from './form.ts'

export type Reception = {
  readonly prefix: string
  /** By name; the first is the one that is used when nobody asks for another. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly sessions: Sessions
  readonly session: SessionConfig
  readonly rateLimits: ServerConfig['rateLimits']
  readonly keys: SigningKeys
  readonly metrics: Metrics
  readonly log: Log
  readonly now: () => number
  /** The origin of a host that is served here; undefined for all others. */
  originAt(host: string): string | undefined
}

/** A visit to one of our own endpoints. */
export type Caller = {
  readonly visit: Visit
  readonly address: Address
  readonly raw: IncomingMessage
  readonly params: URLSearchParams
  /** Reads the body; to be asked for once. */
  form(): Promise<FormReading>
}

export type Endpoint = (caller: Caller, reception: Reception) => Promise<Answer>

/** A parameter that came exactly once; twice is as good as never (RFC 6749 3.1). */
export function onlyParam(params: URLSearchParams, name: string): string | undefined {
  const values = params.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

export const redirectUriOf = (provider: string, { origin }: Address, { prefix, providers }: Reception): string =>
  origin + callbackPath(prefix, provider, providers.keys())

export const signedOutUrlOf = ({ origin }: Address, prefix: string): string => origin + signedOutPath(prefix)
