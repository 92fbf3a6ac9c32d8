// One identity: whatever a client writes, in whatever spelling and place, the upstream reads what we wrote, once, and nothing else about who is there.
import fc from 'fast-check'
import t from 'tap'
import { buildFort, type Impact, refused, type Test } from '../support/attack.ts'
import { freePort } from '../support/gate.ts'
import { echo, type SeenRequest, switchesAndEchoes } from '../support/upstream.ts'
import { fieldsOf } from '../support/wire.ts'

const stranger = '127.0.0.2'
const frontProxy = '127.0.0.3'

const fort = await buildFort(t, {
  upstream: {
    answer: turn => (turn.request.headers.some(([name]) => name.toLowerCase() === 'upgrade') ? switch_ : echo)(turn),
  },
  settings: {
    server: { trustedProxies: [`${frontProxy}/32`] },
    identity: { assertion: { header: 'X-Sallyport-Assertion' } },
  },
  everyRoute: { headers: { set: { 'X-Team': '{identity.groups}', 'x-ODD-case': '{identity.user}' } } },
  moreRoutes: [
    { name: 'down', path: '/down', upstream: `http://127.0.0.1:${await freePort()}`, allow: [{ authenticated: true }] },
  ],
})
const switch_ = switchesAndEchoes()
const { host, request, strike, gate } = fort
const ann = `Cookie: ${await fort.signIn('ann')}`

/** What a forger writes as a value; it must never be read behind us. */
const mark = 'r00t'

/** Ours, or another gateway's whose word a backend may still believe. */
const claimed = [
  ...['X-Auth-Request-User', 'X-Auth-Request-Email', 'X-Auth-Request-Groups', 'X-Auth-Request-Access-Token', 'X-Team'],
  ...['X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Groups', 'X-Forwarded-Preferred-Username', 'X-Odd-Case'],
  ...[
    'X-Forwarded-Access-Token',
    'Remote-User',
    'Remote-Groups',
    'Remote-Email',
    'Remote-Name',
    'X-Sallyport-Assertion',
  ],
  ...['X-Amzn-Oidc-Identity', 'X-Amzn-Oidc-Data', 'X-Amzn-Oidc-Accesstoken', 'X-Goog-Iap-Jwt-Assertion'],
  ...['X-Goog-Authenticated-User-Email', 'X-Goog-Authenticated-User-Id', 'Cf-Access-Jwt-Assertion'],
  ...[
    'Cf-Access-Authenticated-User-Email',
    'Cf-Access-Client-Id',
    'X-Ms-Client-Principal',
    'X-Ms-Client-Principal-Name',
  ],
  ...['X-Ms-Token-Aad-Id-Token', 'X-Pomerium-Claim-Email', 'X-Pomerium-Jwt-Assertion', 'X-Authentik-Username'],
  ...['Tailscale-User-Login', 'Tailscale-User-Name', 'Tailscale-User-Profile-Pic', 'X-Webauth-User', 'X-Webauth-Role'],
  ...['X-Remote-User', 'X-Remote-Group', 'X-Remote-Extra-Scopes', 'Impersonate-User', 'Impersonate-Group'],
  ...['X-Vouch-User', 'X-Token-Subject', 'X-Token-Groups', 'X-Userinfo', 'X-Id-Token', 'X-Access-Token'],
  ...['X-Refresh-Token', 'OIDC-Claim-Sub', 'OIDC-Access-Token', 'X-Consumer-Username', 'X-Credential-Identifier'],
  ...['X-Authenticated-Userid', 'X-Jwt-Payload', 'X-Jwt-Assertion', 'X-Auth-User', 'X-User', 'X-User-Id', 'X-Username'],
  ...['X-Email', 'X-Groups', 'X-Roles', 'X-Client-Cert', 'X-Client-Dn', 'X-Ssl-Client-Verify', 'Ssl-Client-Cert'],
  ...[
    'X-Forwarded-Client-Cert',
    'X-Forwarded-Tls-Client-Cert',
    'Client-Cert',
    'Client-Cert-Chain',
    'Teleport-Jwt-Assertion',
  ],
]

/** Where the request came from, or where it is to go: believed from a trusted proxy at most, and two of them only. */
const routing = [
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Port', 'X-Forwarded-Prefix'],
  ...['X-Forwarded-Server', 'X-Forwarded-Scheme', 'X-Forwarded-Ssl', 'X-Forwarded-Uri', 'X-Forwarded-Method'],
  ...['X-Forwarded-By', 'X-Forwarded-Path', 'Forwarded', 'X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP'],
  ...['Fastly-Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'X-Originating-IP', 'X-Remote-IP', 'X-Remote-Addr'],
  ...['Client-IP', 'Via', 'X-Original-URL', 'X-Original-URI', 'X-Original-Method', 'X-Original-Host', 'X-Rewrite-URL'],
  ...['X-Override-URL', 'X-Request-Uri', 'X-Envoy-Original-Path', 'X-Envoy-Internal', 'X-Host', 'X-HTTP-Host-Override'],
  ...['X-Backend-Host', 'Front-End-Https', 'X-Url-Scheme', 'X-Proxy-Url', 'X-Skipper-Proxy', 'X-Middleware-Subrequest'],
  ...['Proxy', 'Proxy-Authorization', 'Base-Url', 'X-Http-Method-Override', 'X-HTTP-Method', 'X-Method-Override'],
  'X-Request-Id',
]

const spelled = (name: string) =>
  fc
    .tuple(
      fc.array(fc.constantFrom('-', '_', '.', '--'), { minLength: 6, maxLength: 6 }),
      fc.constantFrom(
        String,
        (text: string) => text.toLowerCase(),
        (text: string) => text.toUpperCase(),
      ),
      fc.constantFrom('', '', '', '-', '_', '.'),
      fc.constantFrom('', '', '', '-', '_', 'HTTP_'),
    )
    .map(([separators, letters, behind, before]) => {
      let at = 0
      return before + letters(name.replaceAll('-', () => separators[at++ % separators.length] ?? '-')) + behind
    })
const forgedName = fc.oneof(
  fc.constantFrom(...claimed, ...routing),
  fc.constantFrom(...claimed, ...routing).chain(spelled),
)
const forgedValue = fc.constantFrom(
  ...[
    mark,
    `${mark}, admin`,
    `admin,${mark}`,
    '',
    ' ',
    `"${mark}"`,
    `\t${mark} \t`,
    `${mark}*=UTF-8''x`,
    `{"user":"${mark}"}`,
    `\xff${mark}`,
  ],
)
const forgery = fc.tuple(forgedName, forgedValue).map(([name, value]) => `${name}: ${value}`)
const connection = fc
  .array(
    fc.oneof(forgedName, fc.constantFrom('close', 'keep-alive', 'host', 'content-length', 'cookie', 'x-forwarded-for')),
  )
  .map(names => `Connection: ${names.join(' ,\t')}`)
const fields = fc.array(fc.oneof({ weight: 5, arbitrary: forgery }, connection), { minLength: 1, maxLength: 12 })

const handshake = [
  ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
type Situation = {
  readonly line: string
  readonly with: readonly string[]
  readonly who: 'ann' | undefined
  readonly status: number
}
const situations: Readonly<Record<string, Situation>> = {
  'a protected route': { line: 'GET /x HTTP/1.1', with: [ann], who: 'ann', status: 200 },
  'a public route': { line: 'GET /public/x HTTP/1.1', with: [], who: undefined, status: 200 },
  'a public route, signed in': { line: 'GET /public/x HTTP/1.1', with: [ann], who: 'ann', status: 200 },
  'a protected route, anonymous': { line: 'GET /x HTTP/1.1', with: [], who: undefined, status: 401 },
  'a preflight': {
    line: 'OPTIONS /public/x HTTP/1.1',
    with: ['Origin: http://evil.test'],
    who: undefined,
    status: 200,
  },
  HEAD: { line: 'HEAD /admin/x HTTP/1.1', with: [ann], who: 'ann', status: 200 },
  'HTTP/1.0': { line: 'GET /x HTTP/1.0', with: [ann], who: 'ann', status: 200 },
  'a websocket': { line: 'GET /x HTTP/1.1', with: [ann, ...handshake], who: 'ann', status: 101 },
  'a public websocket': { line: 'GET /public/x HTTP/1.1', with: handshake, who: undefined, status: 101 },
  'an upstream that is down': { line: 'GET /down/x HTTP/1.1', with: [ann], who: 'ann', status: 502 },
}

/** One spelling for what backends fold together. */
const folded = (name: string) =>
  name
    .toLowerCase()
    .replace(/[-_. ]+/g, '-')
    .replace(/^-|-$/g, '')

const ours = (who: 'ann' | undefined): Readonly<Record<string, string | RegExp>> => ({
  host,
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-host': host,
  'x-forwarded-proto': 'http',
  'x-forwarded-port': String(gate.port),
  'x-request-id': /^[\w-]{16}$/,
  ...(who && {
    'x-forwarded-user': 'ann',
    'x-forwarded-email': 'ann@example.com',
    'x-forwarded-groups': 'sre,staff',
    'x-forwarded-preferred-username': 'ann',
    'x-team': 'sre,staff',
    'x-odd-case': 'ann',
    'x-sallyport-assertion': /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/,
  }),
})

const known = new Set([...claimed, ...routing].map(folded))

/** What the upstream reads about who is there and where from, beyond what we wrote; undefined when there is nothing. */
function forgeryIn({ headers, head, trailers }: SeenRequest, who: 'ann' | undefined): string | undefined {
  if (head.includes(mark) || trailers.length > 0) return `the mark, or a trailer: ${head}`
  for (const [name, wanted] of Object.entries(ours(who))) {
    const found = headers.filter(([seen]) => folded(seen) === name).map(([, value]) => value)
    const right = found.length === 1 && (typeof wanted === 'string' ? found[0] === wanted : wanted.test(found[0] ?? ''))
    if (!right) return `${name}: ${JSON.stringify(found)}`
  }
  const allowed = Object.keys(ours(who))
  return headers.map(([name]) => folded(name)).find(name => known.has(name) && !allowed.includes(name))
}

/** Where the forgery got to in this situation; undefined when nowhere. */
function breach({ statuses, reached }: Impact, { who, status }: Situation): string | undefined {
  const reaches = status < 400
  if (statuses[0] !== status || reached.length !== Number(reaches)) return `${statuses}, ${reached.length} requests`
  const [seen] = reached
  return seen && forgeryIn(seen, who)
}

for (const [what, situation] of Object.entries(situations))
  t.test(`c.1 c.2 c.3 c.5 c.6 ${what}: the upstream reads one identity, ours`, async t => {
    const property = fc.asyncProperty(fields, async forged => {
      const found = breach(await strike(request(situation.line, ...situation.with, ...forged)), situation)
      if (found !== undefined) throw new Error(found)
    })
    await t.resolves(fc.assert(property, { numRuns: 60 }))
  })

t.test('c.1 each managed name, with each separator in each place, is ours alone', async t => {
  const spellings = [...claimed, ...routing].flatMap(name => [
    ...[name, name.toLowerCase(), name.toUpperCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')],
    ...[
      name.replace('-', '_'),
      name.replace(/-([^-]*)$/, '_$1'),
      name.replace(/-([^-]*)$/, '.$1'),
      `${name}_`,
      `_${name}`,
      `${name}-`,
    ],
    `HTTP_${name.replaceAll('-', '_').toUpperCase()}`,
  ])
  for (let at = 0; at < spellings.length; at += 100) {
    const forged = spellings.slice(at, at + 100).map(name => `${name}: ${mark}`)
    for (const situation of [situations['a protected route'], situations['a public route']] as readonly Situation[])
      t.equal(breach(await strike(request(situation.line, ...situation.with, ...forged)), situation), undefined)
  }
})

t.test('c.1 a name that is no token is refused', async t => {
  const names = [
    'X-Forwarded-User ',
    'X Forwarded-User',
    'X-Forwarded-User\0',
    'X-Forwarded-User\x7f',
    'X-Forwarded-User\x85',
  ]
  const lookAlikes = [
    'X-Forwarded-User\xa0',
    'X\xe2\x80\x90Forwarded-User',
    'X\xef\xbc\x8dForwarded-User',
    '\xef\xbc\xb8-User',
  ]
  for (const name of [...names, ...lookAlikes])
    refused(t, await strike(request('GET /public/x HTTP/1.1', `${name}: ${mark}`)), JSON.stringify(name))
})

t.test('c.1 names that mean something to JavaScript mean nothing here', async t => {
  const names = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']
  const { statuses } = await strike(request('GET /public/x HTTP/1.1', ...names.map(name => `${name}: x`)))
  t.same(statuses, [200])
})

t.test('c.2 a value that is not quite one line is refused', async t => {
  for (const value of ['a\0b', 'a\rb', 'a\nb', 'a\r\n b', 'a\r\n\tb', '\r\n b'])
    refused(t, await strike(request('GET /public/x HTTP/1.1', `X-Forwarded-User: ${value}`)), JSON.stringify(value))
})

t.test('c.2 c.8 a forged header behind hundreds of others, or of many kilobytes, does not arrive', async t => {
  const filler = Array.from({ length: 480 }, (_, at) => `a${at}: b`)
  const { statuses, reached } = await strike(request('GET /public/x HTTP/1.1', ...filler, `X-Forwarded-User: ${mark}`))
  t.same(statuses, [200])
  t.notMatch(reached[0]?.head, mark)
  const long = await strike(request('GET /public/x HTTP/1.1', `X-Forwarded-User: ${mark.repeat(3000)}`))
  t.same(long.statuses, [200])
  t.notMatch(long.reached[0]?.head, mark)
  for (const kilobytes of [17, 64])
    refused(
      t,
      await strike(request('GET /public/x HTTP/1.1', `X: ${'x'.repeat(kilobytes * 1024)}`)),
      `${kilobytes} KiB`,
      [431],
    )
})

t.test('c.3 H-13 H-14 H-18 no Connection line takes away what we wrote', async t => {
  const lists = [
    ...[
      'close, X-Forwarded-User',
      'x-forwarded-user',
      'X-Forwarded-User\r\nConnection: keep-alive',
      '\r\nConnection: X-Forwarded-User',
    ],
    ...[
      'keep-alive ,\tX-FORWARDED-FOR,,',
      '"X-Forwarded-User"',
      'X_Forwarded_User',
      'host',
      'content-length',
      'transfer-encoding',
    ],
    ...[
      'x-forwarded-for, x-forwarded-host, x-forwarded-proto, x-real-ip, forwarded',
      'X-Sallyport-Assertion, X-Team, X-Request-Id',
    ],
    Array.from({ length: 1000 }, () => 'close').join(),
  ]
  const situation = situations['a protected route'] as Situation
  for (const list of lists)
    t.equal(
      breach(await strike(request(situation.line, ann, `Connection: ${list}`)), situation),
      undefined,
      list.slice(0, 80),
    )
  for (const name of ['Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer']) {
    const impact = await strike(request(situation.line, ann, `${name}: X-Forwarded-User`))
    t.equal(breach(impact, situation), undefined, name)
    t.same(fieldsOf(impact.reached[0]?.headers ?? [], name), [], `${name} ends here`)
  }
})

t.test('c.3 a Connection line cannot take the session from a decision, only cookies from the upstream', async t => {
  const { statuses, reached } = await strike(
    request('GET /x HTTP/1.1', `${ann}; app=1`, 'Connection: cookie, authorization'),
  )
  t.same(statuses, [200])
  t.same(fieldsOf(reached[0]?.headers ?? [], 'x-forwarded-user'), ['ann'])
})

t.test('c.4 H-27 no trailer arrives, neither as a trailer nor as a header', async t => {
  const chunked = (...more: readonly string[]) =>
    request('POST /x HTTP/1.1', ann, 'Transfer-Encoding: chunked', ...more)
  const situation = situations['a protected route'] as Situation
  const names = [
    'X-Auth-Request-User',
    'X_Auth_Request_User',
    'X-Forwarded-User',
    'Host',
    'Cookie',
    'Authorization',
    '__proto__',
    'X-Other',
  ]
  for (const name of names)
    for (const more of [[], [`Trailer: ${name}`, 'TE: trailers']])
      t.equal(
        breach(await strike(`${chunked(...more)}2\r\nhi\r\n0\r\n${name}: ${mark}\r\n\r\n`), situation),
        undefined,
        `${name} ${more.length > 0 ? 'announced' : 'unannounced'}`,
      )
})

t.test('H-21 two Authorization lines are refused', async t => {
  refused(t, await strike(request('GET /public/x HTTP/1.1', 'Authorization: Basic a', 'Authorization: Basic b')), 'two')
})

const about = async (t: Test, from: string, ...forwarding: readonly string[]) => {
  const { statuses, reached } = await strike(request('GET /public/x HTTP/1.1', ...forwarding), { localAddress: from })
  t.same(statuses, [200], forwarding.join())
  return Object.fromEntries((reached[0]?.headers ?? []).map(([name, value]) => [name.toLowerCase(), value]))
}

const all = [
  'X-Forwarded-For: 1.2.3.4',
  'X-Forwarded-Host: evil.test',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 443',
]

t.test('c.6 F-05 F-07 forwarding headers of a stranger are nothing', async t => {
  t.match(await about(t, stranger, ...all, 'Forwarded: for=1.2.3.4;host=evil.test', 'X-Real-IP: 1.2.3.4'), {
    'x-forwarded-for': stranger,
    'x-forwarded-host': host,
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(gate.port),
    forwarded: undefined,
    'x-real-ip': undefined,
  })
  t.match(gate.access('/public/x'), { peer: stranger })
})

t.test('c.6 F-01 nobody chooses another path than that of the request', async t => {
  const names = [
    'X-Forwarded-Uri',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Envoy-Original-Path',
    'X-Forwarded-Prefix',
  ]
  for (const localAddress of [stranger, frontProxy])
    for (const name of names) {
      const { statuses, reached } = await strike(request('GET /admin HTTP/1.1', `${name}: /public/x`), { localAddress })
      t.same([statuses, reached.length], [[401], 0], `${name} from ${localAddress}`)
    }
})

t.test(
  'F-09 of a trusted proxy the addresses are read from the right, over all lines, up to the first stranger',
  async t => {
    for (const [lines, found] of [
      [['X-Forwarded-For: 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X-Forwarded-For: 6.6.6.6, 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [[`X-Forwarded-For: 6.6.6.6, 1.2.3.4, ${frontProxy}`], `1.2.3.4, ${frontProxy}, ${frontProxy}`],
      [['X-Forwarded-For: ::ffff:1.2.3.4'], `1.2.3.4, ${frontProxy}`],
      [['X_Forwarded_For: 6.6.6.6', 'X.Forwarded.For: 6.6.6.6'], frontProxy],
    ] as const)
      t.equal((await about(t, frontProxy, ...lines))['x-forwarded-for'], found, lines.join(' | '))
  },
)

t.test('c.6 F-05 of a trusted proxy the scheme and the port are not believed either', async t => {
  t.match(await about(t, frontProxy, 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 443', 'Forwarded: proto=https'), {
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(gate.port),
    forwarded: undefined,
  })
})

t.test('c.6 F-11 what a trusted proxy says and cannot be read is refused, not skipped', async t => {
  const addresses = [
    'a',
    '999.1.1.1',
    '[::',
    '127.0.0.1:80',
    '[::1]:80',
    '0x7f.1',
    '127.1',
    ',,',
    ',',
    '1.2.3.4,',
    '::1%eth0',
    'unknown',
    ',1.2.3.4',
  ]
  const lines = [
    ...addresses.map(address => `X-Forwarded-For: ${address}`),
    ...[
      `X-Forwarded-For: ${','.repeat(10_000)}`,
      `X-Forwarded-For: ${Array.from({ length: 100 }, () => '1.2.3.4').join()}`,
    ],
    ...[
      `X-Forwarded-Host: ${host}, evil.test`,
      `X-Forwarded-Host: ${host}\r\nX-Forwarded-Host: ${host}`,
      'X-Forwarded-Host: evil@x',
    ],
    ...['X-Forwarded-Host: ', 'X-Forwarded-Host: a.test";for=10.0.0.1;host="x', `X-Forwarded-Host: http://${host}`],
  ]
  for (const line of lines)
    refused(t, await strike(request('GET /public/x HTTP/1.1', line), { localAddress: frontProxy }), line.slice(0, 60))
  const unknown = await strike(request('GET /public/x HTTP/1.1', 'X-Forwarded-Host: evil.test'), {
    localAddress: frontProxy,
  })
  refused(t, unknown, 'a host that nobody serves', [421])
})

t.test('F-13 a login goes to the configured address, whatever the headers say', async t => {
  const headers = [
    'X-Forwarded-Host: evil.test',
    'X-Forwarded-Proto: javascript',
    'Forwarded: host=evil.test',
    'Accept: text/html',
  ]
  const { statuses, answers } = await strike(request('GET /_sallyport/login HTTP/1.1', ...headers), {
    localAddress: stranger,
  })
  t.same(statuses, [302])
  const location = new URL(fieldsOf(answers[0]?.headers ?? [], 'location')[0] ?? '')
  t.equal(location.origin, new URL(fort.provider.issuer).origin)
  t.equal(location.searchParams.get('redirect_uri'), `${gate.origin}/_sallyport/callback`)
})
