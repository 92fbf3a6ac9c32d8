// Identity headers: ours alone to write, in every spelling that a backend might fold into theirs.
import t from 'tap'
import {
  foldName,
  identityFields,
  identityPresets,
  managedHeaders,
  presetRules,
} from '../../src/core/identity-headers.ts'
import { identity } from './fixtures/routes.ts'

const written = [
  ...[
    'X-Auth-Request-User',
    'X-Auth-Request-Preferred-Username',
    'X-Forwarded-User',
    'X-Forwarded-Email',
    'X-Forwarded-Groups',
  ],
  ...['Remote-User', 'Remote-Groups', 'X-Sallyport-Assertion', 'X-Team', 'Authorization'],
]
const managed = managedHeaders(['X-Team', 'authorization'])

/** The name with every choice of separators, 3 to the power of their number. */
function separated(name: string): readonly string[] {
  const [first = '', ...rest] = name.split('-')
  return rest.reduce(
    (names, word) => names.flatMap(before => ['-', '_', '.'].map(mark => before + mark + word)),
    [first],
  )
}

t.test('a managed name is ours in every spelling', async t => {
  for (const name of written) {
    const spellings = [
      ...separated(name),
      `${name}_`,
      `_${name}`,
      `-${name}`,
      `${name}-`,
      `HTTP_${name.replaceAll('-', '_')}`,
      ...Array.from("!#$%&'*+^`|~", mark => name.replaceAll('-', mark)),
    ]
    const cases = spellings.flatMap(text => [text, text.toLowerCase(), text.toUpperCase()])
    t.same(
      cases.filter(text => !managed.has(text)),
      [],
      name,
    )
  }
})

const others =
  `X-Amzn-Oidc-Identity X-Amzn-Oidc-Data X-Amzn-Oidc-Accesstoken X-Goog-Iap-Jwt-Assertion X-Goog-Authenticated-User-Email
  X-Goog-Authenticated-User-Id Cf-Access-Jwt-Assertion Cf-Access-Authenticated-User-Email Cf-Access-Client-Id X-Ms-Client-Principal
  X-Ms-Client-Principal-Id X-Ms-Client-Principal-Name X-Ms-Client-Principal-Idp X-Ms-Token-Aad-Id-Token X-Pomerium-Claim-Email
  X-Pomerium-Jwt-Assertion X-Authentik-Username Remote-Name Tailscale-User-Login Tailscale-User-Name Tailscale-User-Profile-Pic X-Webauth-User
  X-Webauth-Role X-Remote-User X-Remote-Group X-Remote-Extra-Scopes Impersonate-User Impersonate-Group X-Vouch-User X-Token-Subject
  X-Token-Groups X-Userinfo X-Id-Token X-Access-Token X-Refresh-Token OIDC_CLAIM_sub OIDC-Claim-Sub OIDC_access_token X-Consumer-Username
  X-Credential-Identifier X-Authenticated-Userid X-Jwt-Payload X-Jwt-Assertion X-Auth-User X-User X-User-Id X-Username X-Email X-Groups X-Roles
  X-Script-Name X-Scheme X-Forwarded Forwarded-For X-Arr-ClientCert X-Amzn-Mtls-Clientcert Shib-Identity-Provider X-Gap-Auth X-Authenticated
  X-Client-Cert X-Client-Dn X-Ssl-Client-S-Dn Ssl-Client-Cert X-Forwarded-Client-Cert X-Forwarded-Tls-Client-Cert
  X-Forwarded-Tls-Client-Cert-Info Client-Cert Client-Cert-Chain Teleport-Jwt-Assertion`.split(/\s+/)

const routing =
  `X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Prefix X-Forwarded-Server X-Forwarded-Scheme
  X-Forwarded-Ssl X-Forwarded-Uri X-Forwarded-Method X-Forwarded-By X-Forwarded-Path Forwarded X-Real-IP True-Client-IP CF-Connecting-IP
  Fastly-Client-IP X-Client-IP X-Cluster-Client-IP X-Originating-IP X-Remote-IP X-Remote-Addr Client-IP Via X-Original-URL X-Original-URI
  X-Original-Method X-Original-Host X-Rewrite-URL X-Override-URL X-Request-Uri X-Envoy-Original-Path X-Envoy-Internal X-Host
  X-HTTP-Host-Override X-Backend-Host Front-End-Https X-Url-Scheme X-Proxy-Url X-Skipper-Proxy X-Middleware-Subrequest Proxy Base-Url
  X-Http-Method-Override X-Http-Method X-Method-Override`.split(/\s+/)

t.test('what other gateways assert and what steers routing is withheld without being configured', async t => {
  const bare = managedHeaders([])
  for (const name of [...others, ...routing]) {
    const spellings = [name, name.toLowerCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')]
    t.same(
      spellings.filter(text => !bare.has(text)),
      [],
      name,
    )
  }
})

t.test('ordinary headers pass', async t => {
  const ordinary = [
    'Accept',
    'Cookie',
    'Content-Type',
    'Host',
    'User-Agent',
    'X-Requested-With',
    'X-Csrf-Token',
    'Origin',
    'Referer',
    'Destination',
  ]
  const odd = [
    'Depth',
    'If-Match',
    'X-Grafana-Org-Id',
    'Last-Event-ID',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'X-Forwarder',
    'Remote',
  ]
  t.same(
    [...ordinary, ...odd].filter(name => managed.has(name)),
    [],
  )
  t.ok(managed.has('__proto__'))
  t.notOk(managedHeaders([]).has('Authorization'), 'only where we write it')
})

t.test('the answers are remembered for a bounded number of names and stay right beyond it', async t => {
  const names = managedHeaders([])
  for (let at = 0; at < 3000; at++) names.has(`x-name-${at}`)
  t.ok(names.has('x-forwarded-late'))
  t.notOk(names.has('x-late'))
})

t.test('folding makes one of all spellings', async t => {
  for (const name of ['X_Forwarded.User', 'x--forwarded-user-', 'HTTP_X_FORWARDED_USER', 'Http-Http-X-Forwarded User'])
    t.equal(foldName(name), 'x-forwarded-user')
})

t.test('every preset writes names that are managed anyway', async t => {
  const bare = managedHeaders([])
  for (const preset of identityPresets)
    for (const { name } of presetRules(preset)) t.ok(bare.has(name), `${preset}: ${name}`)
  t.same(presetRules('none'), [])
})

t.test('fields are written for an identity, and none without one', async t => {
  const rules = presetRules('standard')
  t.same(identityFields(rules, identity({ groups: ['a', 'b,c'] })), [
    ['X-Forwarded-User', 'ann'],
    ['X-Forwarded-Email', 'ann@app.test'],
    ['X-Forwarded-Groups', 'a,b%2Cc'],
  ])
  t.same(identityFields(rules, undefined), [])
})
