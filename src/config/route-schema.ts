// The schema of one route: host + path (+ methods) → upstream, with its policy.
import { z } from 'zod'
import { ambiguousForms } from '../core/target.ts'
import { readRouteHost, readUpstream } from './addresses.ts'
import { readRemovableName, readSettableName, readTemplate } from './header-names.ts'
import { duration, flag, LONGEST_SESSION, LONGEST_TIMER, leaf, name, plainText, rate, someOf } from './leaf.ts'
import { readPrefix, readRoutePath } from './paths.ts'
import { readCertificates, readPrivateKey } from './pem.ts'
import { methods, policy } from './policy-schema.ts'

const routeHost = leaf('host', 'app.example.com', readRouteHost)
const upstreamUrl = leaf('upstream URL', 'http://app:8080', readUpstream)
const prefix = leaf('path', '/grafana', readPrefix)

export const certificates = leaf('PEM file', '/tls/tls.crt', readCertificates)
export const privateKey = leaf('PEM file', '/tls/tls.key', readPrivateKey)

const upstream = z.union([
  upstreamUrl,
  z.strictObject({
    url: upstreamUrl.describe('`http://host:port`, `https://host:port` or `unix:/path`.'),
    ca: certificates.describe("Certificate authorities to trust instead of Node's.").optional(),
    cert: certificates.describe('Our client certificate.').optional(),
    key: privateKey.describe('The key of our client certificate.').optional(),
    serverName: plainText.describe("The name to find in the upstream's certificate.").optional(),
    dangerouslySkipVerification: flag(false).describe(
      'Accept any certificate: whoever sits in between reads everything.',
    ),
  }),
])

const rewrite = z.strictObject({
  stripPrefix: prefix
    .describe("Taken away from the front of the path: the route's path, or a parent of it.")
    .optional(),
  addPrefix: prefix.describe('Put in front of the path.').optional(),
  host: z
    .enum(['visitor', 'upstream'])
    .describe('What the upstream sees as Host: the name that the visitor used, or its own.')
    .prefault('visitor'),
})

const timeouts = z.strictObject({
  connect: duration(1, LONGEST_TIMER).describe('Until the connection stands.').prefault('3s'),
  response: duration(1, LONGEST_TIMER).describe('Until the response begins.').prefault('60s'),
  idle: duration(1, LONGEST_TIMER).describe('Without a byte in either direction.').prefault('10m'),
})

const session = z.strictObject({
  idle: duration(1000, LONGEST_SESSION)
    .describe('Sign in again when the session was not used for so long; no longer than `session.idle`.')
    .optional(),
  absolute: duration(1000, LONGEST_SESSION)
    .describe('Sign in again so long after the login; no longer than `session.absolute`.')
    .optional(),
})

const rateLimit = z.strictObject({
  perUser: rate
    .describe(
      'Allowed requests of one person, such as `100/s`; on a public route, of one address where nobody is signed in.',
    )
    .optional(),
  perAddress: rate
    .describe('Requests from one address (IPv6: one /64), counted before anything else is known of them.')
    .optional(),
})

const headers = z.strictObject({
  set: z
    .record(leaf('header name', 'X-Team', readSettableName), leaf('template', '{identity.groups}', readTemplate))
    .describe('Header → text with `{identity.…}` and `{claims.…}` in it.')
    .prefault({}),
  remove: z
    .array(leaf('header name', 'X-Debug', readRemovableName))
    .describe('Request headers that the upstream must not see.')
    .prefault([]),
})

export const route = z.strictObject({
  name: name.describe('Unique; it appears in logs and metrics.'),
  host: routeHost.describe('An exact name or `*.example.com`. Without it: the host of `server.publicUrl`.').optional(),
  hosts: someOf(routeHost).describe('Several of them, instead of `host`.').optional(),
  path: leaf('path', '/grafana', readRoutePath).describe('This path and everything below it.').prefault('/'),
  exact: flag(false).describe('This path only.'),
  methods: methods.describe('Only these methods; GET includes HEAD. Without it: all.').optional(),
  upstream: upstream.describe('Where allowed requests go.'),
  rewrite: rewrite.describe('What is changed on the way.').prefault({}),
  public: flag(false).describe('Everybody may pass, signed in or not. A route says either this or `allow`.'),
  allow: policy.describe('Any item may let a person pass; all criteria within one item must hold.').optional(),
  deny: policy.describe('Written like `allow`, and wins over it.').optional(),
  websocket: flag(true).describe('Websockets may pass. No other upgrade ever does.'),
  allowInPath: z
    .array(z.enum([...ambiguousForms, 'otherCase']))
    .describe('Forms of paths that readers disagree about and that this upstream is known to need.')
    .prefault([]),
  session: session.describe('Stricter limits than those of every session, for this route alone.').prefault({}),
  recheck: duration(1000, LONGEST_TIMER)
    .describe('How often open connections are judged again, besides whenever sessions end or rules change.')
    .prefault('1m'),
  rateLimit: rateLimit
    .describe('How often one visitor may come: so many requests at once, and as many again over the time.')
    .prefault({}),
  timeouts: timeouts.describe('How long the upstream is waited for.').prefault({}),
  lane: z
    .enum(['http1', 'undici'])
    .describe('Which HTTP client asks the upstream: `http1`, our own, strict and light, or `undici`.')
    .prefault('http1'),
  headers: headers.describe('Request headers on the way to the upstream.').prefault({}),
})
