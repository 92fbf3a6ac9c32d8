// From what was written to what the house works with: units in the names, defaults that depend on each other, all frozen.
import { addressSet } from '../core/address.ts'
import { isLoopback } from '../core/near-host.ts'
import type { PolicyItem } from '../core/policy.ts'
import type { Rate } from '../core/rate.ts'
import type { Route, Upstream } from '../core/route.ts'
import type { Secret } from '../core/secret.ts'
import type { ClientAuth, Config, CookieConfig, ProviderConfig, ServerConfig } from '../core/settings.ts'
import { buildStore } from './build-store.ts'
import { claimsRead } from './claims-read.ts'
import { deepFreeze } from './freeze.ts'
import { identityRules, rulesFrom } from './identity-rules.ts'
import type { Written } from './schema.ts'

export function buildConfig(written: Written): Config {
  const identity = buildIdentity(written.identity)
  const routes = written.routes.map(route => buildRoute(route, written))
  const wantedClaims = claimsRead(identity.headers, routes)
  const [first, ...others] = written.providers.map(provider => ({ ...buildProvider(provider), wantedClaims }))
  if (!first) throw new TypeError('the schema lets no list of providers pass that is empty')
  return deepFreeze({
    server: buildServer(written.server),
    admin: {
      listen: written.admin.listen,
      key: written.admin.key,
      eventLoopDelayMs: written.admin.eventLoopDelay,
    },
    providers: [first, ...others],
    session: buildSession(written),
    identity,
    routes,
    log: written.log,
  })
}

function buildServer({
  listen,
  publicUrl,
  prefix,
  trustedProxies,
  tls,
  hsts,
  workers,
  limits,
  rateLimits: { login, callback },
  drain,
}: Written['server']): ServerConfig {
  const { bodyBytes } = limits
  return {
    listen,
    publicUrl,
    prefix,
    trustedProxies: addressSet(trustedProxies),
    tls,
    // On this machine other people's ports are other people's http.
    hstsMs: publicUrl.scheme === 'https' && !isLoopback(publicUrl.host) ? hsts : 0,
    limits: {
      headerBytes: limits.headers,
      bodyBytes: bodyBytes === 'unlimited' ? undefined : bodyBytes,
      requestMs: limits.requestTimeout,
      connections: limits.connections,
      connectionsPerAddress: limits.connectionsPerAddress ?? Math.ceil(limits.connections / 4),
      requestsPerVisitor: limits.requestsPerVisitor,
      websocketsPerVisitor: limits.websocketsPerVisitor,
    },
    rateLimits: {
      login: { perAddress: rateOf(login.perAddress) },
      callback: { perAddress: rateOf(callback.perAddress), perUser: rateOf(callback.perUser) },
    },
    workers,
    drainMs: drain,
  }
}

const rateOf = (written: Rate | 'unlimited'): Rate | undefined => (written === 'unlimited' ? undefined : written)

function buildProvider({
  timeout,
  clockSkew,
  clientSecret,
  clientAuth,
  ca,
  ...same
}: Written['providers'][number]): Omit<ProviderConfig, 'wantedClaims'> {
  return {
    ...same,
    ca,
    clientAuth: buildClientAuth(clientSecret, clientAuth?.method),
    timeoutMs: timeout,
    clockSkewMs: clockSkew,
  }
}

const buildClientAuth = (secret: Secret | undefined, method: ClientAuth['method'] = 'client_secret'): ClientAuth =>
  secret && method !== 'none' ? { method, secret } : { method: 'none' }

function buildSession({ server, session, routes, providers }: Written): Config['session'] {
  const { idle, absolute, secrets, store } = session
  const isHttps = server.publicUrl.scheme === 'https'
  return {
    idleMs: idle,
    absoluteMs: absolute,
    issuers: Object.fromEntries(providers.map(({ name, issuer }) => [name, issuer])),
    shortestIdleMs: Math.min(idle, ...routes.map(route => route.session.idle ?? idle)),
    secrets,
    store: buildStore(store),
    cookie: buildCookie(session.cookie, isHttps),
  }
}

function buildCookie({ name, domain, sameSite }: Written['session']['cookie'], isHttps: boolean): CookieConfig {
  const prefix = !isHttps ? '' : domain === null ? '__Host-' : '__Secure-'
  return { name: name ?? `${prefix}sallyport`, domain: domain ?? undefined, sameSite, secure: isHttps }
}

const buildIdentity = ({ headers, assertion }: Written['identity']): Config['identity'] => ({
  headers: identityRules(headers),
  assertion: assertion ? { header: assertion.header, ttlMs: assertion.ttl, keys: assertion.keys } : undefined,
})

type WrittenRoute = Written['routes'][number]

function buildRoute(route: WrittenRoute, { server, session }: Written): Route {
  const { name, path, exact, methods, rewrite, timeouts, websocket, headers, lane } = route
  return {
    name,
    hosts: [...new Set(route.hosts ?? [route.host ?? server.publicUrl.host])],
    path,
    exact,
    methods,
    upstream: buildUpstream(route.upstream),
    rewrite: { stripPrefix: rewrite.stripPrefix ?? '', addPrefix: rewrite.addPrefix ?? '', host: rewrite.host },
    public: route.public,
    policy: { allow: (route.allow ?? []).map(buildItem), deny: (route.deny ?? []).map(buildItem) },
    session: { idleMs: route.session.idle ?? session.idle, absoluteMs: route.session.absolute ?? session.absolute },
    recheckMs: route.recheck,
    rateLimit: { perAddress: route.rateLimit.perAddress, perUser: route.rateLimit.perUser },
    websocket,
    allowInPath: new Set(route.allowInPath),
    timeouts: { connectMs: timeouts.connect, responseMs: timeouts.response, idleMs: timeouts.idle },
    lane,
    headers: { set: rulesFrom(headers.set), remove: headers.remove },
  }
}

function buildUpstream(upstream: WrittenRoute['upstream']): Upstream {
  if (!('url' in upstream)) return { ...upstream, tls: {} }
  const { url, ca, cert, key, serverName, dangerouslySkipVerification: skip } = upstream
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key: key.reveal() }) }
  return {
    ...url,
    tls: { ...files, ...(serverName && { serverName }), ...(skip && { dangerouslySkipVerification: true }) },
  }
}

/** A criterion that was not written must stay absent: present and undefined is another thing to the policy's types. */
function buildItem({ claims, ip, ...lists }: NonNullable<WrittenRoute['allow']>[number]): PolicyItem {
  const named = Object.fromEntries(Object.entries(lists).filter(([, value]) => value !== undefined))
  const accepted = Object.entries(claims ?? {}).map(([path, value]) => [path, [value].flat()] as const)
  return { ...named, ...(claims && { claims: Object.fromEntries(accepted) }), ...(ip && { ip: addressSet(ip) }) }
}
