// From a file to a Config: the defaults, the report on everything that is wrong, and what it never says.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are references of the configuration
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { loadConfig, printProblems } from '../../src/config/load.ts'
import { anyText } from '../support/any-text.ts'
import { accepted, type Changes, provider, readText, readWritten, words, written } from './reading.ts'

t.test('one address gets a quarter of the connections, unless another number is written', async t => {
  const perAddress = async (limits: Changes) =>
    (await accepted({ server: { limits } })).server.limits.connectionsPerAddress
  t.equal(await perAddress({ connections: 2 }), 1)
  t.equal(await perAddress({ connections: 100 }), 25)
  t.equal(await perAddress({ connections: 100, connectionsPerAddress: 60 }), 60)
})

t.test('a rate is what is written, or none', async t => {
  const rateLimits = { login: { perAddress: 'unlimited' }, callback: { perUser: '5/h' } }
  const { server, routes } = await accepted({ server: { rateLimits }, route: { rateLimit: { perUser: '100/s' } } })
  t.match(server.rateLimits, {
    login: { perAddress: undefined },
    callback: { perAddress: { count: 300, perMs: 60_000 }, perUser: { count: 5, perMs: 3_600_000 } },
  })
  t.same(routes[0]?.rateLimit, { perAddress: undefined, perUser: { count: 100, perMs: 1000 } })
})

t.test('what is left out has its documented default', async t => {
  const config = await accepted()
  t.match(config.server, {
    listen: { host: '0.0.0.0', port: 8080 },
    publicUrl: { scheme: 'https', host: 'tools.example.com', port: 443 },
    prefix: '/_sallyport',
    tls: undefined,
    hstsMs: 365 * 86_400_000,
    limits: {
      headerBytes: 16_384,
      bodyBytes: undefined,
      requestMs: 0,
      connections: 10_000,
      connectionsPerAddress: 2500,
      requestsPerVisitor: 250,
      websocketsPerVisitor: 1000,
    },
    rateLimits: {
      login: { perAddress: { count: 300, perMs: 60_000 } },
      callback: { perAddress: { count: 300, perMs: 60_000 }, perUser: { count: 60, perMs: 60_000 } },
    },
    drainMs: 30_000,
  })
  t.same(config.admin, { listen: { host: '127.0.0.1', port: 9090 }, key: undefined, eventLoopDelayMs: 500 })
  t.match(config.providers[0], {
    clientAuth: { method: 'client_secret' },
    scopes: ['openid', 'profile', 'email'],
    claims: { user: 'preferred_username', email: 'email', groups: 'groups', name: 'name' },
    userinfo: 'auto',
    wantedClaims: ['preferred_username'],
    authorizationParams: {},
    logout: { rpInitiated: 'auto', backChannel: true, frontChannel: true, revokeTokens: true },
    ca: undefined,
    timeoutMs: 5000,
    clockSkewMs: 30_000,
    dangerouslyAllowHttpProvider: false,
    dangerouslyTrustUnverifiedEmail: false,
  })
  t.same(config.session, {
    idleMs: 3_600_000,
    absoluteMs: 43_200_000,
    issuers: { corp: 'https://login.example.com' },
    shortestIdleMs: 3_600_000,
    secrets: [],
    store: { type: 'memory', maxSessions: 100_000 },
    cookie: { name: '__Host-sallyport', domain: undefined, sameSite: 'lax', secure: true },
  })
  t.match(config.identity.assertion, { header: 'X-Sallyport-Assertion', ttlMs: 60_000, keys: [] })
  t.match(
    config.identity.headers.map(({ name }) => name),
    ['X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Groups'],
  )
  t.same(config.log, { level: 'info', subject: false })
  t.match(config.routes[0], {
    hosts: ['tools.example.com'],
    path: '/',
    exact: false,
    methods: undefined,
    upstream: { scheme: 'http', address: { host: 'app', port: 8080 }, authority: 'app:8080', tls: {} },
    rewrite: { stripPrefix: '', addPrefix: '', host: 'visitor' },
    public: false,
    policy: { allow: [{ authenticated: true }], deny: [] },
    session: { idleMs: 3_600_000, absoluteMs: 43_200_000 },
    recheckMs: 60_000,
    websocket: true,
    timeouts: { connectMs: 3000, responseMs: 60_000, idleMs: 600_000 },
    headers: { set: [], remove: [] },
  })
})

t.test('a route may be stricter, and the idle clock is as exact as the strictest one needs', async t => {
  const config = await accepted({ route: { session: { idle: '5m' } } })
  t.same(config.routes[0]?.session, { idleMs: 300_000, absoluteMs: 43_200_000 })
  t.match(config.session, { idleMs: 3_600_000, absoluteMs: 43_200_000, shortestIdleMs: 300_000 })
  t.equal((await accepted()).session.shortestIdleMs, 3_600_000)
})

t.test('every claim that a policy or a header reads is one that the providers are asked for', async t => {
  const config = await accepted({
    identity: { headers: { 'X-Team': '{claims.team}', 'X-User': '{identity.user}' } },
    route: {
      allow: [{ claims: { tier: 1, 'org.role': ['admin'] } }],
      deny: [{ claims: { suspended: true } }, { users: ['bob'] }],
      headers: { set: { 'X-Tier': 'tier {claims.tier} of {claims.https://x.example/org}' } },
    },
  })
  const read = ['https://x.example/org', 'org.role', 'suspended', 'team', 'tier']
  for (const { wantedClaims } of config.providers) t.strictSame(wantedClaims, read)
  t.strictSame((await accepted({ identity: { headers: 'none' } })).providers[0].wantedClaims, [])
})

t.test('signatures that prove nothing are not among the accepted ones', async t => {
  const algs = (await accepted()).providers[0].idTokenAlgs
  t.same(algs, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])
})

t.test('a criterion that was not written is absent from the policy', async t => {
  const config = await accepted({ route: { allow: [{ groups: ['sre'], claims: { tier: 1 } }] } })
  t.strictSame(config.routes[0]?.policy.allow, [{ groups: ['sre'], claims: { tier: [1] } }])
  t.same(Object.keys(config.routes[0]?.policy.allow[0] ?? {}), ['groups', 'claims'])
})

t.test('the configuration is read-only all the way down', async t => {
  const config = await accepted({ identity: { headers: { 'X-User': 'email' } } })
  const thawed: string[] = []
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    if (!Object.isFrozen(value)) thawed.push(path)
    for (const [key, inner] of Object.entries(value)) look(inner, `${path}.${key}`)
  }
  look(config, 'config')
  t.same(thawed, [])
})

t.test('the name of the cookie follows the scheme and the domain', async t => {
  const name = async (changes: Changes) => (await accepted(changes)).session.cookie
  t.match(await name({ session: { cookie: { domain: 'example.com' } } }), { name: '__Secure-sallyport', secure: true })
  t.match(await name({ server: { publicUrl: 'http://localhost:8080' } }), { name: 'sallyport', secure: false })
  t.match(await name({ session: { cookie: { name: 'mine' } } }), { name: 'mine', secure: true })
})

t.test('https only is told to nobody over http, nor of this machine, nor where it is switched off', async t => {
  for (const [publicUrl, hsts, ms] of [
    ['https://tools.example.com', '2d', 2 * 86_400_000],
    ['https://tools.example.com', 0, 0],
    ['https://localhost:8443', '2d', 0],
    ['http://localhost:8080', '2d', 0],
  ] as const)
    t.equal((await accepted({ server: { publicUrl, hsts } })).server.hstsMs, ms, publicUrl)
})

t.test('everything that is wrong is reported at once, each with its place', async t => {
  const text = [
    'server: { publicURL: https://a.example.com }',
    'providers:',
    '  - name: corp',
    '    issuer: https://login.example.com',
    '    clientId: ${env:NOBODY}',
    'session: { idle: 300x }',
    'routes:',
    '  - name: app',
    '    upstream: app:8080',
    '    public: false',
  ].join('\n')
  const result = await readText(text)
  t.equal(
    printProblems('config.yaml', result.ok ? [] : result.problems),
    [
      'config.yaml:1:9 server.publicUrl: it is missing; write a URL, such as https://tools.example.com',
      'config.yaml:1:11 server.publicURL: unknown key; remove or correct it; did you mean "publicUrl"?',
      'config.yaml:5:15 providers[0].clientId: the environment variable NOBODY is not set; set it before the start',
      'config.yaml:6:18 session.idle: "300x" is not a duration; write a number and ms, s, m, h or d, such as 30s',
      'config.yaml:8:5 routes[0]: the route does not say who may pass; write "allow: [{ authenticated: true }]" for everybody who is signed in, or "public: true"',
      'config.yaml:9:15 routes[0].upstream: "app:8080" has no scheme; write "http://app:8080"',
      '',
    ].join('\n'),
  )
})

t.test('secrets and values from outside are never quoted', async t => {
  const hidden = 'tell-nobody'
  const value = written({
    server: { publicUrl: '${env:H}', tls: { cert: hidden, key: '${env:PEM}' } },
    provider: { clientSecret: ` ${hidden}`, issuer: 'https://u:tell-nobody@login.example.com' },
    route: { upstream: '${env:H}', path: '${env:H}', headers: { set: { 'X-A': '{${env:H}}' } }, methods: ['${env:H}'] },
    session: { secrets: [hidden, [hidden]], idle: '${env:H}', cookie: { name: 'a b${env:H}', domain: '${env:H}' } },
    identity: { assertion: { keys: ['${env:PEM}'] } },
    log: { level: '${env:H}' },
  })
  const result = await readWritten(value, { H: hidden, PEM: `-----BEGIN ${hidden}` })
  const said = words(result).filter(line => !line.startsWith('server.tls.cert'))
  t.ok(said.length >= 14, said.join('\n'))
  t.notMatch(said.join('\n'), hidden)
})

t.test('what a terminal would obey is escaped', async t => {
  const said = words(await readText('"\\e[31m\\u202e": 1\nlog: { level: "\\e[2J" }')).join('\n')
  t.notMatch(said, /[\u001b\u202e]/)
  t.match(said, '\\u001b[2J')
})

t.test('a file that cannot be read is a problem, not an exception', async t => {
  const folder = t.testdir({ 'bytes.yaml': Buffer.from([0x61, 0x3a, 0xff]) })
  for (const [file, found] of [
    [join(folder, 'none.yaml'), 'the file does not exist'],
    [folder, 'the file is a directory'],
    [join(folder, 'bytes.yaml'), 'the file is not UTF-8 text'],
    ['/dev/zero', 'the file is not a regular file'],
    ['a\0b', 'the file is not a possible file name'],
  ] as const) {
    t.match(await loadConfig(file), { ok: false, problems: [{ path: '', line: 1, column: 1, found }] })
  }
})

t.test('files are found beside the configuration, wherever the process runs', async t => {
  const folder = t.testdir({ secret: 'hunter2\n' })
  const file = join(folder, 'config.yaml')
  writeFileSync(file, JSON.stringify(written({ provider: { clientSecret: '${file:secret}' } })))
  const result = await loadConfig(file)
  const auth = result.ok && result.config.providers[0].clientAuth
  t.equal(auth && auth.method !== 'none' && auth.secret.reveal(), 'hunter2')
})

t.test('every switch that is called dangerous is a warning', async t => {
  const result = await readWritten(
    written({
      server: {
        publicUrl: 'http://tools.example.com',
        trustedProxies: ['::/0'],
        dangerouslyAllowHttpPublicUrl: true,
        dangerouslyTrustEveryProxy: true,
      },
      provider: {
        issuer: 'http://login.example.com',
        dangerouslyAllowHttpProvider: true,
        dangerouslyTrustUnverifiedEmail: true,
      },
      route: { upstream: { url: 'https://app', dangerouslySkipVerification: true } },
    }),
  )
  t.match(result, { ok: true })
  t.same(result.ok && result.warnings.map(warning => warning.split(' ', 1)[0]), [
    'server.dangerouslyAllowHttpPublicUrl',
    'server.dangerouslyTrustEveryProxy',
    'providers[0].dangerouslyAllowHttpProvider',
    'providers[0].dangerouslyTrustUnverifiedEmail',
    'routes[0].upstream.dangerouslySkipVerification',
  ])
})

t.test('with several providers, a rule that takes the word of any of them is a warning', async t => {
  const partner = { ...provider, name: 'partner' }
  const warnings = async (providers: readonly object[], item: object) => {
    const result = await readWritten(written({ providers, route: { allow: [{ authenticated: true }, item] } }))
    return result.ok && result.warnings
  }
  const item = { users: ['ann'], claims: { tier: 1 }, methods: ['GET'] }
  t.match(await warnings([provider, partner], item), [
    /^routes\[0\].allow\[1\] names users and claims without providers/,
  ])
  t.match(await warnings([provider, partner], { groups: ['sre'] }), [/names groups/])
  t.strictSame(await warnings([provider, partner], { ...item, providers: ['corp'] }), [])
  t.strictSame(await warnings([provider, partner], { domains: ['example.com'], methods: ['GET'] }), [])
  t.strictSame(await warnings([provider], item), [])
})

t.test('a misspelt provider of a policy is told which one was probably meant', async t => {
  const result = await readWritten(written({ route: { deny: [{ providers: ['crop'] }] } }))
  t.match(result, { ok: false, problems: [{ hint: 'corp' }] })
})

t.test('no text at all makes it throw', async t => {
  const piece = fc.oneof(
    fc.constantFrom(
      'server:',
      '\n  ',
      '\n',
      ': ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '<<: ',
      '${env:A}',
      '${file:',
      '!!',
      '\t',
      '|',
      '>',
      '"',
      '? ',
    ),
    fc.constantFrom(
      'routes:',
      'name',
      'upstream',
      'allow',
      'publicUrl',
      'https://',
      '\0',
      '%YAML 9\n',
      '---',
      '...',
      '#',
      '1e9',
      '.inf',
      '~',
    ),
    anyText({ maxLength: 6 }),
  )
  const text = fc.oneof(
    anyText(),
    fc.array(piece, { maxLength: 40 }).map(pieces => pieces.join('')),
  )
  await fc.assert(
    fc.asyncProperty(text, async yaml => typeof (await readText(yaml)).ok === 'boolean'),
    { numRuns: 1500 },
  )
  t.pass('1500 texts were answered with values')
})

t.test('no value in a known place makes it throw', async t => {
  const sections = fc.constantFrom(
    'server',
    'provider',
    'route',
    'session',
    'identity',
    'log',
    'admin',
    'routes',
    'providers',
  )
  const keys = fc.constantFrom(
    'listen',
    'publicUrl',
    'tls',
    'limits',
    'issuer',
    'ca',
    'host',
    'hosts',
    'path',
    'methods',
    'upstream',
    'allow',
    'deny',
    'headers',
    'cookie',
    'store',
    'secrets',
    'assertion',
    'rewrite',
    'trustedProxies',
  )
  const value = fc.oneof(fc.jsonValue(), anyText(), fc.webUrl({ withQueryParameters: true }), fc.ipV6())
  const changes = fc.dictionary(sections, fc.oneof(value, fc.dictionary(keys, value)))
  await fc.assert(
    fc.asyncProperty(changes, async change => typeof (await readWritten(written(change as Changes))).ok === 'boolean'),
    { numRuns: 500 },
  )
  t.pass('500 configurations were answered with values')
})
