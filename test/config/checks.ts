// Every insecure or contradictory configuration, by what is said about it.
import t from 'tap'
import { makeAuthority } from '../support/certificates.ts'
import { accepted, type Changes, complaints, provider, route, strongSecret, written } from './reading.ts'

type Case = readonly [title: string, changes: Changes, said: string | RegExp]

const two = (a: object, b: object) => [
  { ...route, ...a },
  { ...route, name: 'other', ...b },
]
const cookie = (values: object) => ({ session: { cookie: values } })

const refused: Readonly<Record<string, readonly Case[]>> = {
  'the public address': [
    [
      'with a path',
      { server: { publicUrl: 'https://a.example.com/app' } },
      'server.publicUrl: "https://a.example.com/app" has more than scheme, host and port; write "https://a.example.com"',
    ],
    ['with a query', { server: { publicUrl: 'https://a.example.com?x' } }, /publicUrl: .* has more than scheme/],
    [
      'with a password',
      { server: { publicUrl: 'https://u:p@a.example.com' } },
      /publicUrl: there is a user name or password/,
    ],
    [
      'with a number that is an address',
      { server: { publicUrl: 'https://2130706433' } },
      /publicUrl: .* has no valid host/,
    ],
    [
      'over plain http',
      { server: { publicUrl: 'http://a.example.com' } },
      /publicUrl: .* plain http.*dangerouslyAllowHttpPublicUrl/,
    ],
    ['that only looks local', { server: { publicUrl: 'http://localhost.example.com' } }, /plain http/],
  ],
  'a listener': [
    [
      'without an address',
      { server: { listen: ':8080' } },
      'server.listen: ":8080" has no address; write 0.0.0.0:8080',
    ],
    ['without a port', { server: { listen: '127.0.0.1' } }, /listen: .* has no port/],
    ['with an impossible port', { server: { listen: '127.0.0.1:65536' } }, /listen: .* has no port/],
    ['with a relative socket', { server: { listen: 'unix:run/x' } }, /absolute socket path/],
    ['that is also the admin listener', { admin: { listen: '127.0.0.1:8080' } }, /admin.listen: .* overlaps/],
    [
      'whose socket is also that of the admin listener',
      { server: { listen: 'unix:/a' }, admin: { listen: 'unix:/a' } },
      /admin.listen: .* overlaps/,
    ],
  ],
  'the prefix': [
    ['that is everything', { server: { prefix: '/' } }, /prefix: "\/" would take every path/],
    ['without a slash', { server: { prefix: 'auth' } }, /prefix: .* not a plain/],
    ['with a slash at its end', { server: { prefix: '/auth/' } }, /prefix: .* not a plain/],
    ['with an escape', { server: { prefix: '/a%2fb' } }, /prefix: .* not a plain/],
  ],
  'a trusted proxy': [
    ['that is everybody', { server: { trustedProxies: ['0.0.0.0/0'] } }, /trustedProxies\[0\]: .* trusts everybody/],
    ['that is everybody on IPv6', { server: { trustedProxies: ['::/0'] } }, /trusts everybody/],
    ['that is half of everybody', { server: { trustedProxies: ['128.0.0.0/1'] } }, /trusts everybody/],
    ['in a mapped range that is none', { server: { trustedProxies: ['::ffff:10.0.0.0/8'] } }, /not an address range/],
    ['with an impossible mask', { server: { trustedProxies: ['10.0.0.0/33'] } }, /not an address range/],
    ['by name', { server: { trustedProxies: ['lb.internal'] } }, /not an address range/],
  ],
  'a number': [
    ['with a stray letter (K-06)', { session: { idle: '300x' } }, /idle: "300x" is not a duration/],
    ['without a unit', { session: { idle: '300' } }, /idle: "300" is not a duration/],
    ['as a bare number', { session: { idle: 300 } }, /idle: 300 does not belong here; write a duration, such as 30s/],
    ['below zero', { session: { idle: '-1s' } }, /not a duration/],
    ['that is zero', { session: { idle: '0s' } }, /is too short; write 1s or more/],
    ['in two words', { session: { idle: '1 h' } }, /not a duration/],
    ['with a leading zero', { session: { idle: '08s' } }, /not a duration/],
    ['with an underscore', { server: { limits: { headers: '16_000B' } } }, /not a size/],
    ['too large for a timer', { route: { timeouts: { response: '25d' } } }, /too long; write 24d or less/],
    ['too large for anything', { server: { drain: '999999999d' } }, /too long/],
    [
      'of connections that lets nobody in',
      { server: { limits: { connections: 0 } } },
      /connections: 0 is out of bounds; write 1 or more/,
    ],
    [
      'of connections with a fraction',
      { server: { limits: { connections: 1.5 } } },
      /connections: 1.5 does not belong/,
    ],
    [
      'of sessions that keeps none',
      { session: { store: { type: 'memory', maxSessions: 0 } } },
      /maxSessions: 0 is out of bounds/,
    ],
    ['upside down (K-06)', { session: { idle: '2h', absolute: '1h' } }, /absolute: the absolute limit is shorter/],
  ],
  'a provider': [
    [
      'over plain http',
      { provider: { issuer: 'http://login.example.com' } },
      /issuer: .* plain http.*dangerouslyAllowHttpProvider/,
    ],
    ['with a query', { provider: { issuer: 'https://login.example.com/?a' } }, /issuer: .* query or a fragment/],
    ['with a password', { provider: { issuer: 'https://u:p@login.example.com' } }, /user name or password/],
    [
      'named twice',
      { providers: [provider, provider] },
      'providers[1].name: "corp" is taken already; choose another name',
    ],
    ['with a name for no metric', { provider: { name: 'Corp A' } }, /name: "Corp A" is not a name/],
    ['without openid', { provider: { scopes: ['profile'] } }, /scopes: the scope "openid" is missing/],
    ['with scopes in one text', { provider: { scopes: ['openid profile'] } }, /scopes\[0\]: .* is not a scope/],
    [
      'with unsigned tokens',
      { provider: { idTokenAlgs: ['none'] } },
      /idTokenAlgs\[0\]: "none" means that tokens are not signed/,
    ],
    [
      'with tokens signed by our own secret',
      { provider: { idTokenAlgs: ['HS256'] } },
      /"HS256" signs with the client secret/,
    ],
    [
      'that is left with the choice of a nonce (C-14)',
      { provider: { authorizationParams: { nonce: 'x' } } },
      /authorizationParams.nonce: "nonce" is a parameter of the protocol/,
    ],
    [
      'that is told of a token in the answer (C-14)',
      { provider: { authorizationParams: { response_type: 'token' } } },
      /authorizationParams.response_type: "response_type" is a parameter of the protocol/,
    ],
    [
      'that is told of a form behind our back',
      { provider: { authorizationParams: { response_mode: 'form_post' } } },
      /authorizationParams.response_mode: "response_mode" is a parameter of the protocol/,
    ],
    [
      'with an age that is no number of seconds',
      { provider: { authorizationParams: { max_age: '1h' } } },
      /authorizationParams.max_age: "1h" is not a number of seconds; write whole seconds/,
    ],
    [
      'with a secret and no use for it',
      { provider: { clientAuth: { method: 'none' } } },
      /method: "none" leaves the clientSecret without use/,
    ],
    [
      'without a secret to prove',
      {
        providers: [
          { name: 'a', issuer: 'https://a.example', clientId: 'x', clientAuth: { method: 'client_secret_post' } },
        ],
      },
      /needs a clientSecret/,
    ],
    ['with an empty secret', { provider: { clientSecret: '' } }, /clientSecret: the value is empty/],
    [
      'with an authentication of later',
      { provider: { clientAuth: { method: 'private_key_jwt' } } },
      /method: .* write client_secret_basic or client_secret_post or none/,
    ],
    [
      'with an authority that is garbage',
      { provider: { ca: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' } },
      /providers\[0\].ca: .* is not a certificate/,
    ],
  ],
  'a session secret': [
    [
      'that is missing for the cookie store',
      { session: { store: { type: 'cookie' } } },
      /session.secrets: the cookie store has no secret/,
    ],
    [
      'that is short',
      { session: { secrets: [strongSecret.slice(1)] } },
      /secrets\[0\]: the value is shorter than 32 bytes/,
    ],
    ['of one character (K-10)', { session: { secrets: ['0'.repeat(64)] } }, /repeats a few characters/],
    [
      'from documentation (K-10)',
      { session: { secrets: ['change-me-change-me-0aB1cD2eF3gH4iJ'] } },
      /looks like an example/,
    ],
    [
      'named twice',
      { session: { secrets: [strongSecret, strongSecret] } },
      /secrets\[1\]: the value is in use already/,
    ],
    [
      'that is also a client secret (K-10)',
      { provider: { clientSecret: strongSecret }, session: { secrets: [strongSecret] } },
      /secrets\[0\]: the value is in use already/,
    ],
  ],
  'the key of the session API': [
    ['that is short', { admin: { key: strongSecret.slice(1) } }, 'admin.key: the value is shorter than 32 bytes'],
    ['that no header can carry', { admin: { key: `${strongSecret} ` } }, /admin.key: .* no bearer token has/],
    ['from documentation', { admin: { key: 'change-me-change-me-0aB1cD2eF3gH4iJ' } }, /admin.key: .* like an example/],
    [
      'that is also a session secret',
      { admin: { key: strongSecret }, session: { secrets: [strongSecret] } },
      /admin.key: the value is in use already/,
    ],
    [
      'that is also a client secret',
      { admin: { key: strongSecret }, provider: { clientSecret: strongSecret } },
      /admin.key: the value is in use already/,
    ],
  ],
  'a cookie': [
    [
      'for one host with a domain',
      cookie({ name: '__Host-a', domain: 'example.com' }),
      'session.cookie.name: "__Host-a" belongs to one host, so it cannot have a domain; write "__Secure-a"',
    ],
    [
      'with __Host- over http',
      { server: { publicUrl: 'http://localhost' }, ...cookie({ name: '__Host-a' }) },
      /cookie.name: .* over https only/,
    ],
    ['with a prefix in other letters', cookie({ name: '__host-a' }), /write "__Host-a"/],
    ['with a name that is no token', cookie({ name: 'a b' }), /cookie.name: "a b" is not a cookie name/],
    ['for a single label', cookie({ domain: 'com' }), /domain: "com" is a single label/],
    ['for the domain of many', cookie({ domain: 'co.uk' }), /"co.uk" belongs to many owners/],
    ['for an address', cookie({ domain: '10.0.0.1' }), /is an address/],
    ['for a domain with a dot in front', cookie({ domain: '.example.com' }), /starts with a dot; write "example.com"/],
    ['for another domain', cookie({ domain: 'example.org' }), /publicUrl: .* is not below session.cookie.domain/],
    ['for half a label (lesson 27)', cookie({ domain: 'ample.com' }), /publicUrl: .* is not below/],
    [
      'that a route cannot see',
      { route: { host: 'app.example.org' }, ...cookie({ domain: 'example.com' }) },
      /routes\[0\].host: "app.example.org" is not below/,
    ],
    [
      'for every site over http',
      { server: { publicUrl: 'http://localhost' }, ...cookie({ sameSite: 'none' }) },
      /sameSite: "none" is kept by browsers over https only/,
    ],
    [
      'that has to come along with a form, over http (lesson 24),',
      {
        server: { publicUrl: 'http://localhost' },
        providers: [
          { name: 'a', issuer: 'https://a.example', clientId: 'x' },
          { name: 'b', issuer: 'https://b.example', clientId: 'x', responseMode: 'form_post' },
        ],
      },
      'providers[1].responseMode: "form_post" needs a cookie that is kept by browsers over https only; write query, or serve https',
    ],
  ],
  'a policy': [
    [
      'that allows whoever comes from a provider that does not exist (K-03)',
      { route: { allow: [{ users: ['ann'] }, { providers: ['corp', 'partner'] }] } },
      'routes[0].allow[1].providers[1]: "partner" is not the name of a provider; write one of corp',
    ],
    [
      'that denies whoever comes from there',
      { route: { deny: [{ providers: ['crop'] }] } },
      /routes\[0\].deny\[0\].providers\[0\]: "crop" is not the name of a provider/,
    ],
    ['with no providers at all', { route: { allow: [{ providers: [] }] } }, /providers: an empty list says nothing/],
  ],
  'a route': [
    [
      'with a longer idle limit than any session has',
      { route: { session: { idle: '2h' } } },
      /routes\[0\].session.idle: "?2h"? is longer than session.idle/,
    ],
    [
      'with a longer absolute limit than any session has',
      { session: { absolute: '6h' }, route: { session: { absolute: '7h' } } },
      /routes\[0\].session.absolute: "?7h"? is longer than session.absolute/,
    ],
    [
      'that is public and has limits',
      { routes: [{ name: 'app', upstream: 'http://app', public: true, session: { idle: '5m' } }] },
      /routes\[0\].session: a public route asks for no session/,
    ],
    [
      'that does not say who may pass',
      { routes: [{ name: 'app', upstream: 'http://app' }] },
      /routes\[0\]: the route does not say who may pass/,
    ],
    ['with "allow: []" (K-05, Z-07)', { route: { allow: [] } }, /allow: an empty list says nothing/],
    ['with "allow: false" (K-05)', { route: { allow: false } }, /allow: false does not belong here/],
    ['with "allow: null"', { route: { allow: null } }, /allow: an empty value does not belong here/],
    ['with "allow: true"', { route: { allow: true } }, /allow: true does not belong here/],
    ['with "allow: 0"', { route: { allow: 0 } }, /allow: 0 does not belong here/],
    ['with "allow: \'\'"', { route: { allow: '' } }, /allow: "" does not belong here/],
    ['with "allow: {}"', { route: { allow: {} } }, /allow: an empty mapping does not belong here/],
    ['with an empty criterion', { route: { allow: [{}] } }, /allow\[0\]: an empty mapping names no criterion/],
    ['with an empty list of users', { route: { allow: [{ users: [] }] } }, /users: an empty list says nothing/],
    ['with an empty deny', { route: { deny: [] } }, /deny: an empty list says nothing/],
    ['with an empty claim', { route: { allow: [{ claims: {} }] } }, /claims: an empty mapping names no criterion/],
    [
      'that lets the unauthenticated pass',
      { route: { allow: [{ authenticated: false }] } },
      /authenticated: false does not belong here; write true/,
    ],
    ['with a wildcard user', { route: { allow: [{ users: ['*'] }] } }, /"\*", which is no wildcard/],
    [
      'with a wildcard domain',
      { route: { allow: [{ domains: ['*.example.com'] }] } },
      /is more than a domain; write "example.com"/,
    ],
    ['with an address for everybody', { route: { allow: [{ emails: ['*@*'] }] } }, /is not an e-mail address/],
    ['that is public and not', { route: { public: true } }, /public: "public: true" stands beside "allow"/],
    [
      'that is public and denies',
      { routes: [{ name: 'a', upstream: 'http://a', public: true, deny: [{ users: ['x'] }] }] },
      /stands beside "deny"/,
    ],
    [
      'named twice',
      { routes: two({}, { name: 'app', path: '/x' }) },
      'routes[1].name: "app" is taken already; choose another name',
    ],
    [
      'for the same requests',
      { routes: two({}, {}) },
      /routes\[1\]: another route has the same host, path and methods/,
    ],
    [
      'for the same requests with a slash',
      { routes: two({ path: '/a' }, { path: '/a/' }) },
      /another route has the same/,
    ],
    [
      'for the same host in other letters',
      { routes: two({ host: 'A.example.com' }, { host: 'a.example.com.' }) },
      /another route has the same/,
    ],
    [
      'for HEAD, which belongs to GET',
      { routes: two({ methods: ['GET'] }, { methods: ['HEAD'] }) },
      /another route has the same/,
    ],
    ['below the prefix', { route: { path: '/_sallyport/x' } }, /path: .* belongs to the gateway itself/],
    ['below the prefix in other letters', { route: { path: '/_Sallyport' } }, /belongs to the gateway itself/],
    ['on a host with a port', { route: { host: 'a.example.com:80' } }, /host: .* has a port; write "a.example.com"/],
    ['on every host', { route: { host: '*' } }, /host: "\*" is not a host name/],
    ['on a wildcard inside', { route: { host: 'a.*.example.com' } }, /is not a host name/],
    ['on a host in other letters than ASCII', { route: { host: 'bücher.example' } }, /write "xn--bcher-kva.example"/],
    ['on host and hosts', { route: { host: 'a.example', hosts: ['b.example'] } }, /"host" stands beside "hosts"/],
    [
      'with methods in small letters',
      { route: { methods: ['get'] } },
      /methods\[0\]: "get" is not a method served here; write GET/,
    ],
  ],
  'a path': [
    ['with dots', { route: { path: '/a/../b' } }, /path: .* has a segment made of dots/],
    ['with a query', { route: { path: '/a?b' } }, /more than plain path segments/],
    ['with an empty segment', { route: { path: '/a//b' } }, /more than plain path segments/],
    ['with an escaped slash', { route: { path: '/a%2Fb' } }, /more than plain path segments/],
    ['with a letter escaped', { route: { path: '/%61dmin' } }, /not in its shortest form; write "\/admin"/],
    ['with a dot at the end of a segment', { route: { path: '/a./b' } }, /ends in a dot or space/],
    ['with a raw letter beyond ASCII', { route: { path: '/é' } }, /write "\/%C3%A9"/],
    ['without a slash', { route: { path: 'a' } }, /write "\/a"/],
    [
      'to strip that is not in front',
      { route: { path: '/grafana', rewrite: { stripPrefix: '/graf' } } },
      /stripPrefix: .* not in front of every path/,
    ],
    ['to strip that is the root', { route: { rewrite: { stripPrefix: '/' } } }, /stripPrefix: "\/" is the root/],
    ['to add with a slash at its end', { route: { rewrite: { addPrefix: '/x/' } } }, /ends with a slash; write "\/x"/],
  ],
  'an upstream': [
    [
      'without a scheme',
      { route: { upstream: 'app:8080' } },
      'routes[0].upstream: "app:8080" has no scheme; write "http://app:8080"',
    ],
    [
      'that is no address at all',
      { route: { upstream: 'the app' } },
      'routes[0].upstream: "the app" has no scheme; write a URL like http://app:8080',
    ],
    ['with another scheme', { route: { upstream: 'ftp://app' } }, /has another scheme/],
    ['with a path', { route: { upstream: 'http://app/x' } }, /more than scheme, host and port; write "http:\/\/app"/],
    ['with a slash', { route: { upstream: 'http://app/' } }, /more than scheme/],
    ['with a query', { route: { upstream: 'http://app?x' } }, /more than scheme/],
    [
      'with a password',
      { route: { upstream: 'http://u:hunter2@app' } },
      /^routes\[0\].upstream: there is a user name or password in the URL/,
    ],
    ['with an impossible port', { route: { upstream: 'http://app:99999' } }, /has no valid host/],
    [
      'with TLS settings and no TLS',
      { route: { upstream: { url: 'http://app', serverName: 'x' } } },
      /serverName: it is a TLS setting/,
    ],
    [
      'with TLS settings that are wishes',
      { route: { upstream: { url: 'https://app', insecure: true } } },
      /insecure: unknown key/,
    ],
  ],
  'a header': [
    ['that is not a token', { route: { headers: { set: { 'a b': 'x' } } } }, /"a b" is not a header name/],
    [
      'with an underscore',
      { route: { headers: { set: { X_Team: 'x' } } } },
      /"X_Team" has a character that .*write "X-Team"/,
    ],
    ['with a dot', { identity: { headers: { 'X.Team': 'email' } } }, /"X.Team" has a character that backends confuse/],
    [
      'that frames the message',
      { route: { headers: { set: { 'Content-Length': '0' } } } },
      /the gateway writes or forwards/,
    ],
    ['that is Host', { identity: { headers: { host: 'email' } } }, /the gateway writes or forwards/],
    ['that is Cookie', { route: { headers: { set: { Cookie: 'a=b' } } } }, /the gateway writes or forwards/],
    ['of the connection', { route: { headers: { set: { 'Keep-Alive': 'x' } } } }, /the gateway writes or forwards/],
    [
      'with an unknown placeholder',
      { route: { headers: { set: { 'X-A': '{identity.mail}' } } } },
      /unknown placeholder/,
    ],
    ['with a line break', { route: { headers: { set: { 'X-A': 'a\r\nb' } } } }, /special character/],
    [
      'that two rules write',
      { identity: { assertion: { header: 'X-Forwarded-User' } } },
      /assertion.header: the header X-Forwarded-User is written by another rule/,
    ],
    [
      'that a route takes from the identity',
      { route: { headers: { set: { 'x-forwarded-user': 'root' } } } },
      /written by another rule/,
    ],
    ['that must not be removed', { route: { headers: { remove: ['Host'] } } }, /remove\[0\]: .* the gateway writes/],
  ],
  'an assertion': [
    [
      'with another algorithm',
      { identity: { assertion: { alg: 'HS256' } } },
      /alg: "HS256" does not belong here; write ES256/,
    ],
    ['that lasts for ever', { identity: { assertion: { ttl: '2h' } } }, /ttl: .* too long; write 1h or less/],
    ['that is true', { identity: { assertion: true } }, /assertion: true does not belong here/],
  ],
  'a rate': [
    [
      'of zero',
      { route: { rateLimit: { perUser: '0/s' } } },
      /perUser: "0\/s" is not a rate; write a number from 1 to 99999/,
    ],
    ['in a unit of nobody', { route: { rateLimit: { perAddress: '5/d' } } }, /perAddress: "5\/d" is not a rate/],
    [
      'as a number',
      { server: { rateLimits: { login: { perAddress: 5 } } } },
      /perAddress: 5 does not belong here; write unlimited or a rate/,
    ],
    [
      'of an endpoint without one',
      { server: { rateLimits: { logout: {} } } },
      /logout: unknown key; known here: login, callback/,
    ],
  ],
  'a key of a later day': [
    ['at a provider', { provider: { dpop: true } }, /providers\[0\].dpop: unknown key/],
    ['at a route', { route: { mode: 'report' } }, /routes\[0\].mode: unknown key/],
    ['of the whole file', { forwardAuth: [] }, /forwardAuth: unknown key/],
  ],
}

for (const [what, cases] of Object.entries(refused)) {
  for (const [title, changes, said] of cases) {
    t.test(`${what} ${title} is refused`, async t => {
      const lines = await complaints(written(changes))
      t.equal(lines.length, 1, lines.join('\n'))
      t.match(lines[0], said)
    })
  }
}

const fine: ReadonlyArray<readonly [title: string, changes: Changes]> = [
  [
    'plain http on this machine',
    { server: { publicUrl: 'http://localhost:8080' }, provider: { issuer: 'http://127.0.0.1:4000' } },
  ],
  [
    'plain http below localhost',
    { server: { publicUrl: 'http://tools.localhost' }, provider: { issuer: 'http://[::1]:4000' } },
  ],
  ['a public address as browsers copy it', { server: { publicUrl: 'https://tools.example.com/' } }],
  ['any free port', { server: { listen: '127.0.0.1:0' }, admin: { listen: '127.0.0.1:0' } }],
  ['a cookie for strict sites', cookie({ sameSite: 'strict' })],
  ['a cookie without a domain, in the words of the reference', cookie({ domain: null })],
  ['routes that differ by method', { routes: two({ methods: ['GET'] }, { methods: ['POST'] }) }],
  ['a route with methods beside one for the rest', { routes: two({ methods: ['GET'] }, {}) }],
  ['an exact route beside its prefix', { routes: two({ exact: true }, {}) }],
  ['a parent of the path to strip', { route: { path: '/a/b', rewrite: { stripPrefix: '/a' } } }],
  ['a client without a secret', { providers: [{ name: 'a', issuer: 'https://a.example', clientId: 'x' }] }],
  ['a route with shorter limits', { route: { session: { idle: '5m', absolute: '1h' } } }],
  ['a key for the session API', { admin: { key: strongSecret } }],
  ['no assertion', { identity: { headers: 'none', assertion: false } }],
]

for (const [title, changes] of fine) {
  t.test(`${title} is fine`, async t => {
    t.same(await complaints(written(changes)), [])
  })
}

t.test('hosts are kept in their canonical spelling', async t => {
  const config = await accepted({ route: { hosts: ['Tools.Example.COM.', '*.Apps.example.com', '[0:0::1]'] } })
  t.same(config.routes[0]?.hosts, ['tools.example.com', '*.apps.example.com', '[::1]'])
})

t.test(
  'a bare word among the identity headers is one of ours or a claim, and never the same text for everybody',
  async t => {
    const config = await accepted({
      identity: { headers: { 'X-Who': 'user', 'X-Team': 'team.name', 'X-Both': '{identity.user}/{claims.a.b}' } },
    })
    t.match(config.identity.headers, [
      { value: [{ kind: 'identity', word: 'user' }] },
      { value: [{ kind: 'claim', path: 'team.name' }] },
      { value: { length: 3 } },
    ])
  },
)

t.test('certificates and keys are looked at before the first connection', async t => {
  const authority = makeAuthority(t.testdir())
  const [one, two] = [authority.issue('DNS:one.test'), authority.issue('DNS:two.test')]
  const tls = (values: object) => complaints(written({ server: { tls: values } }))
  t.same(await tls({ cert: one.cert, key: one.key }), [])
  t.same(await tls({ cert: one.cert + authority.ca, key: one.key }), [], 'a chain')
  t.match(await tls({ cert: one.cert, key: two.key }), [/^server.tls.key: the value is not the key of the certificate/])
  t.match(await tls({ cert: one.key, key: one.key }), [/^server.tls.cert: .* is not a certificate/])
  t.match(await tls({ cert: one.cert, key: one.cert }), [/^server.tls.key: the value is not a private key/])
  const upstream = { url: 'https://app', ca: authority.ca, cert: one.cert }
  t.match(await complaints(written({ route: { upstream } })), [/"cert" stands alone/])
  t.match(await complaints(written({ route: { upstream: { ...upstream, key: two.key } } })), [
    /upstream.key: the value is not the key/,
  ])
  t.same(await complaints(written({ route: { upstream: { ...upstream, key: one.key } } })), [])
  const redis = (tls: object) => ({ url: 'rediss://redis.internal', tls })
  const stores = [(tls: object) => ({ type: 'redis', ...redis(tls) }), (tls: object) => cookieStore(redis(tls))]
  for (const store of stores) {
    const session = (tls: object) => written({ session: { secrets: [strongSecret], store: store(tls) } })
    t.same(await complaints(session({ cert: one.cert, key: one.key })), [])
    t.match(await complaints(session({ cert: one.cert, key: two.key })), [/tls.key: the value is not the key/])
  }
})

t.test('a certificate that can be read and not be served is found by the check, not by a running process', async t => {
  const authority = makeAuthority(t.testdir())
  const { cert, key } = authority.issue('DNS:weak.test', { rsaBits: 1024 })
  const refused = 'cannot be served over TLS (ERR_SSL_EE_KEY_TOO_SMALL)'
  const upstream = { url: 'https://app', cert, key }
  const store = cookieStore({ url: 'rediss://redis.internal', tls: { cert, key } })
  for (const [place, changes] of [
    ['server.tls', { server: { tls: { cert, key } } }],
    ['routes[0].upstream', { route: { upstream } }],
    ['session.store.notBefore.tls', { session: { secrets: [strongSecret], store } }],
  ] as const) {
    const said = await complaints(written(changes))
    t.equal(said.length, 1)
    t.ok(said[0]?.startsWith(`${place}.cert: `) && said[0].includes(refused), place)
  }
})

const cookieStore = (notBefore: object) => ({ type: 'cookie', notBefore })

t.test('an assertion is signed with P-256 and nothing else', async t => {
  const { generateKeyPairSync } = await import('node:crypto')
  const pem = (namedCurve: string): string =>
    generateKeyPairSync('ec', {
      namedCurve,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    }).privateKey
  const keys = (...keys: string[]) => complaints(written({ identity: { assertion: { keys } } }))
  const good = pem('prime256v1')
  t.same(await keys(good), [])
  t.match(await keys(good, good), [/keys\[1\]: the value is listed already/])
  t.match(await keys(pem('secp384r1')), [/keys\[0\]: the value is not an EC P-256 private key/])
})
