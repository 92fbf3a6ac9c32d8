// A route: host + path prefix (+ methods) → upstream, with its policy. The unit of everything; deeply read-only.
import type { Milliseconds } from './duration.ts'
import type { Policy } from './policy.ts'
import type { Rate } from './rate.ts'
import type { SessionLimits } from './session.ts'
import type { OptIn } from './target.ts'
import type { Template } from './template.ts'

export type Upstream = {
  readonly scheme: 'http' | 'https'
  /** Where to connect: host and port, or a unix socket. */
  readonly address: { readonly host: string; readonly port: number } | { readonly socketPath: string }
  /** The Host header of the upstream's own name: `host`, `host:port`, or `localhost` for a socket. */
  readonly authority: string
  readonly tls: UpstreamTls
}

export type UpstreamTls = {
  /** PEM texts, already read from their files. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly dangerouslySkipVerification?: true
}

export type Rewrite = {
  readonly stripPrefix: string
  readonly addPrefix: string
  /** What the upstream sees as Host: the name the visitor used, or the upstream's own. */
  readonly host: 'visitor' | 'upstream'
}

export type Route = {
  readonly name: string
  /** Canonical host names; `*.example.com` stands for every name below it. */
  readonly hosts: readonly string[]
  /** Starts with `/`; matches itself and everything below it, unless `exact`. */
  readonly path: string
  readonly exact: boolean
  /** Undefined: every method. */
  readonly methods: readonly string[] | undefined
  readonly upstream: Upstream
  readonly rewrite: Rewrite
  readonly public: boolean
  readonly policy: Policy
  /** Those of every session, or shorter. */
  readonly session: SessionLimits
  /** How often open connections are judged again, besides whenever something has happened. */
  readonly recheckMs: Milliseconds
  readonly rateLimit: { readonly perAddress: Rate | undefined; readonly perUser: Rate | undefined }
  readonly websocket: boolean
  readonly allowInPath: ReadonlySet<OptIn>
  readonly timeouts: {
    readonly connectMs: Milliseconds
    readonly responseMs: Milliseconds
    readonly idleMs: Milliseconds
  }
  /** Which client of ours asks the upstream. */
  readonly lane: 'http1' | 'undici'
  readonly headers: { readonly set: readonly HeaderRule[]; readonly remove: readonly string[] }
}

/** A request header that we write: its name as written in the configuration, and what goes into it. */
export type HeaderRule = { readonly name: string; readonly value: Template }
