// The configuration after parsing, in our words: deeply read-only, every default filled in. config/ makes it, everybody takes a part of it.
import type { AddressSet } from './address.ts'
import type { Milliseconds } from './duration.ts'
import type { ClaimMapping } from './identity.ts'
import type { ResponseMode } from './pending-login.ts'
import type { PublicUrl } from './public-url.ts'
import type { Rate } from './rate.ts'
import type { HeaderRule, Route } from './route.ts'
import type { Secret } from './secret.ts'
import type { SessionLimits } from './session.ts'

export type Config = {
  readonly server: ServerConfig
  readonly admin: {
    readonly listen: Listen
    /** Whoever bears it may see and end sessions; undefined: nobody. */
    readonly key: Secret | undefined
    /** Not ready while the event loop is later than this; 0: however late it is. */
    readonly eventLoopDelayMs: Milliseconds
  }
  readonly providers: readonly [ProviderConfig, ...ProviderConfig[]]
  readonly session: SessionConfig
  readonly identity: IdentityConfig
  readonly routes: readonly Route[]
  readonly log: { readonly level: LogLevel; readonly subject: boolean }
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

export type Listen = { readonly host: string; readonly port: number } | { readonly socketPath: string }

export type ServerConfig = {
  readonly listen: Listen
  readonly publicUrl: PublicUrl
  /** Starts with `/`, no slash at the end. */
  readonly prefix: string
  readonly trustedProxies: AddressSet
  readonly tls: { readonly cert: string; readonly key: Secret; readonly minVersion: 'TLSv1.2' | 'TLSv1.3' } | undefined
  /** How long browsers shall come by https only; 0: nothing is said. */
  readonly hstsMs: Milliseconds
  readonly limits: {
    readonly headerBytes: number
    readonly bodyBytes: number | undefined
    readonly requestMs: Milliseconds
    readonly connections: number
    readonly connectionsPerAddress: number
    /** Under way at one upstream, for one person or one address. */
    readonly requestsPerVisitor: number
    readonly websocketsPerVisitor: number
  }
  /** How often our own endpoints may be asked for; undefined: as often as anybody likes. */
  readonly rateLimits: {
    readonly login: { readonly perAddress: Rate | undefined }
    readonly callback: { readonly perAddress: Rate | undefined; readonly perUser: Rate | undefined }
  }
  /** `auto`: as many as there are processors. */
  readonly workers: number | 'auto'
  /** How long a stop waits for requests in flight. */
  readonly drainMs: Milliseconds
}

/** `client_secret`: by whichever of the two ways the provider offers. */
export type ClientAuth =
  | { readonly method: 'client_secret' | 'client_secret_basic' | 'client_secret_post'; readonly secret: Secret }
  | { readonly method: 'none' }

export type ProviderConfig = {
  readonly name: string
  /** Exactly as configured: it must equal the `issuer` of the metadata. */
  readonly issuer: string
  readonly clientId: string
  readonly clientAuth: ClientAuth
  readonly scopes: readonly string[]
  readonly claims: ClaimMapping
  readonly userinfo: 'auto' | 'always' | 'never'
  /** Paths of further claims that policies and headers read: a reason to ask userinfo, as the mapped ones are. */
  readonly wantedClaims: readonly string[]
  readonly responseMode: ResponseMode
  readonly authorizationParams: Readonly<Record<string, string>>
  readonly idTokenAlgs: readonly string[]
  readonly logout: LogoutConfig
  /** PEM text of further certificate authorities. */
  readonly ca: string | undefined
  readonly timeoutMs: Milliseconds
  readonly clockSkewMs: Milliseconds
  readonly dangerouslyAllowHttpProvider: boolean
  readonly dangerouslyTrustUnverifiedEmail: boolean
}

export type LogoutConfig = {
  readonly rpInitiated: 'auto' | 'never'
  /** Whether this provider may end sessions here: by a token of its own, or through the browser. */
  readonly backChannel: boolean
  readonly frontChannel: boolean
  readonly revokeTokens: boolean
}

export type SessionConfig = SessionLimits & {
  /** Name of each configured provider → its issuer. A session from anywhere else is over. */
  readonly issuers: Readonly<Record<string, string>>
  /** The first seals, all open; at least 32 bytes each. Empty: a random one is made at start (memory store only). */
  readonly secrets: readonly Secret[]
  readonly store: StoreConfig
  readonly cookie: CookieConfig
  /** The shortest idle limit of any route: how exact the idle clock has to be. */
  readonly shortestIdleMs: Milliseconds
}

export type StoreConfig =
  | { readonly type: 'memory'; readonly maxSessions: number }
  | {
      readonly type: 'cookie'
      /** Where the list of voided sessions is shared; undefined: this process alone has it. */
      readonly notBefore?: RedisConfig | undefined
    }
  | { readonly type: 'redis'; readonly redis: RedisConfig }

export type HostAndPort = { readonly host: string; readonly port: number }

export type RedisConfig = {
  readonly at:
    | ({ readonly kind: 'single' } & HostAndPort)
    | { readonly kind: 'cluster'; readonly nodes: readonly HostAndPort[] }
    | {
        readonly kind: 'sentinel'
        readonly name: string
        readonly nodes: readonly HostAndPort[]
        readonly password: Secret | undefined
      }
  readonly database: number
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** Undefined: plain TCP. PEM texts. */
  readonly tls:
    | {
        readonly ca: string | undefined
        readonly cert: string | undefined
        readonly key: Secret | undefined
        readonly serverName: string | undefined
      }
    | undefined
  readonly keyPrefix: string
  /** For one command, and for a connection to stand. */
  readonly timeoutMs: Milliseconds
  /** For how long what was known before is still believed while the store cannot be heard. */
  readonly downForMs: Milliseconds
}

export type CookieConfig = {
  /** `__Host-…` over https; without the prefix over http, where no browser would keep it. */
  readonly name: string
  readonly domain: string | undefined
  readonly sameSite: 'lax' | 'strict' | 'none'
  readonly secure: boolean
}

export type IdentityConfig = {
  readonly headers: readonly HeaderRule[]
  readonly assertion: AssertionConfig | undefined
}

export type AssertionConfig = {
  readonly header: string
  readonly ttlMs: Milliseconds
  /** PEM private keys (EC P-256): the first signs, all are published. Empty: one is made at start. */
  readonly keys: readonly Secret[]
}
