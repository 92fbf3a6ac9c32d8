// The one schema of the configuration: it validates, types, and becomes the JSON Schema and the reference.
import { z } from 'zod'
import { identityPresets } from '../core/identity-headers.ts'
import { readListen, readPublicUrl } from './addresses.ts'
import { readIdentityTemplate, readSettableName } from './header-names.ts'
import { duration, flag, LONGEST_SESSION, LONGEST_TIMER, leaf, rate, size, someOf } from './leaf.ts'
import { readOwnPrefix } from './paths.ts'
import { readSigningKey } from './pem.ts'
import { range } from './policy-schema.ts'
import { provider } from './provider-schema.ts'
import { certificates, privateKey, route } from './route-schema.ts'
import { readBearerKey, readCookieDomain, readCookieName, readSessionSecret } from './session-values.ts'
import { store } from './store-schema.ts'

const listen = leaf('address', '0.0.0.0:8080', readListen)
const headerName = leaf('header name', 'X-User', readSettableName)

const tls = z.strictObject({
  cert: certificates.describe('The certificate and its chain.'),
  key: privateKey.describe('The private key of the certificate.'),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).describe('The oldest TLS version to speak.').prefault('TLSv1.2'),
})

const count = z.int().min(1).max(1_000_000)

const limits = z.strictObject({
  headers: size(1024, 1024 ** 2)
    .describe('All request headers together.')
    .prefault('16KiB'),
  bodyBytes: z
    .union([z.literal('unlimited'), size(1, 1024 ** 4)])
    .describe('One request body.')
    .prefault('unlimited'),
  requestTimeout: z
    .union([z.literal(0), duration(0, LONGEST_TIMER)])
    .describe('Until a request has arrived whole; 0: no limit, for uploads of any length.')
    .prefault(0),
  connections: count.describe('Connections at the same time.').prefault(10_000),
  connectionsPerAddress: count
    .describe(
      'Of these, from one address (IPv6: one /64), unless it is a trusted proxy. Without it: a quarter of `connections`.',
    )
    .optional(),
  requestsPerVisitor: count
    .describe(
      'Requests under way at one upstream for one visitor: a person who is signed in, or else an address. An upstream has 1000 places.',
    )
    .prefault(250),
  websocketsPerVisitor: count.describe('The same for open websockets.').prefault(1000),
})

/** Ten years. */
const LONGEST_HSTS = 3650 * 86_400_000

const rateOrNone = z.union([z.literal('unlimited'), rate])

const rateLimits = z.strictObject({
  login: z
    .strictObject({
      perAddress: rateOrNone.describe('Logins that one address begins.').prefault('300/m'),
    })
    .describe('Where logins begin.')
    .prefault({}),
  callback: z
    .strictObject({
      perAddress: rateOrNone
        .describe('Answers at `{prefix}/callback` that belong to no login of the browser that brings them.')
        .prefault('300/m'),
      perUser: rateOrNone.describe('Logins of one person that succeed.').prefault('60/m'),
    })
    .describe('Where they end.')
    .prefault({}),
})

const server = z.strictObject({
  listen: listen.describe('Address and port, or `unix:/path`.').prefault('0.0.0.0:8080'),
  publicUrl: leaf('URL', 'https://tools.example.com', readPublicUrl).describe(
    'Scheme, host and port as visitors see them; the provider redirects there.',
  ),
  prefix: leaf('path', '/_sallyport', readOwnPrefix)
    .describe('Where our own endpoints are, on every host.')
    .prefault('/_sallyport'),
  trustedProxies: z
    .array(range)
    .describe(
      'Proxies in front of us whose `X-Forwarded-For` and `X-Forwarded-Host` are believed; they must write addresses without a port. Nobody by default.',
    )
    .prefault([]),
  tls: tls.describe('Serve https ourselves.').optional(),
  hsts: z
    .union([z.literal(0), duration(1000, LONGEST_HSTS)])
    .describe(
      'For how long browsers are told to come by https only (Strict-Transport-Security on our own answers). It holds for every port of the host; 0: say nothing. Never said of this machine or over http.',
    )
    .prefault('365d'),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(256)])
    .describe(
      'Processes that share the listener; `auto`: one for each processor. More than one need a `redis` store, where they agree who refreshes a session.',
    )
    .prefault(1),
  limits: limits.describe('What one client may ask for. Each worker counts for itself.').prefault({}),
  rateLimits: rateLimits.describe('How often one address, or one person, may ask for our own endpoints.').prefault({}),
  drain: duration(0, LONGEST_TIMER).describe('How long a stop waits for requests under way.').prefault('30s'),
  dangerouslyAllowHttpPublicUrl: flag(false).describe(
    'Serve visitors over plain http: whoever sits in between can take their sessions.',
  ),
  dangerouslyTrustEveryProxy: flag(false).describe(
    'Accept a range in `trustedProxies` that names everybody: any client can then invent its address.',
  ),
})

const session = z.strictObject({
  secrets: z
    .array(leaf('secret', `\${file:/keys/session}`, readSessionSecret))
    .describe(
      '32 random bytes or more each: the first seals, all open. Without any, one is made at every start (memory store only).',
    )
    .prefault([]),
  store: store.describe('Where sessions are kept.').prefault({ type: 'memory' }),
  idle: duration(1000, LONGEST_SESSION).describe('A session ends when it is not used for so long.').prefault('1h'),
  absolute: duration(1000, LONGEST_SESSION).describe('A session ends so long after the login.').prefault('12h'),
  cookie: z
    .strictObject({
      name: leaf('cookie name', '__Host-sallyport', readCookieName)
        .describe('Without it: `__Host-sallyport`, `__Secure-sallyport` with a `domain`, `sallyport` over http.')
        .optional(),
      domain: leaf('domain', 'example.com', readCookieDomain)
        .nullable()
        .describe('Share the session with every host below this domain.')
        .prefault(null),
      sameSite: z
        .enum(['lax', 'strict', 'none'])
        .describe('When other sites may make the browser send it.')
        .prefault('lax'),
    })
    .describe('The session cookie.')
    .prefault({}),
})

const assertion = z.strictObject({
  header: headerName.describe('The header that carries it.').prefault('X-Sallyport-Assertion'),
  alg: z.literal('ES256').describe('How it is signed.').prefault('ES256'),
  ttl: duration(10_000, 3_600_000).describe('How long it is valid.').prefault('60s'),
  keys: z
    .array(leaf('PEM file', '/keys/assertion.pem', readSigningKey))
    .describe('EC P-256 private keys: the first signs, all are published. Without any, one is made at every start.')
    .prefault([]),
})

const identity = z.strictObject({
  headers: z
    .union([
      z.enum(identityPresets as ['standard', 'none']),
      z.record(headerName, leaf('claim or template', '{identity.user}', readIdentityTemplate)),
    ])
    .describe('Who the visitor is, for the upstream: a preset, or header → claim or template.')
    .prefault('standard'),
  assertion: z
    .union([z.literal(false), assertion])
    .describe('The signed proof of it; `false` for none.')
    .prefault({}),
})

const log = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).describe('What is worth a line.').prefault('info'),
  subject: flag(false).describe('Write who it was into the access log.'),
})

const admin = z.strictObject({
  listen: listen.describe('Address and port, or `unix:/path`.').prefault('127.0.0.1:9090'),
  key: leaf('secret', `\${file:/keys/admin}`, readBearerKey)
    .describe('The bearer key of the session API, 32 random characters or more. Without it there is no session API.')
    .optional(),
  eventLoopDelay: z
    .union([z.literal(0), duration(1, LONGEST_TIMER)])
    .describe('Not ready while the event loop is later than this, most of the time; 0: ready however late it is.')
    .prefault('500ms'),
})

export const schema = z.strictObject({
  server: server.describe('The front door.'),
  admin: admin.describe('Health, readiness, metrics and the session API: never on the public port.').prefault({}),
  providers: someOf(provider).describe(
    'Identity providers. Register `{publicUrl}{prefix}/callback` as redirect URI at the first, `{publicUrl}{prefix}/callback/NAME` at each further one.',
  ),
  session: session.describe('Signed-in browsers.').prefault({}),
  identity: identity.describe('What upstreams are told about the visitor.').prefault({}),
  log: log.describe('What is written to standard output.').prefault({}),
  routes: someOf(route).describe('Which request goes where, and who may send it.'),
})

/** The configuration as it is written, every value read and every default filled in. */
export type Written = z.output<typeof schema>
