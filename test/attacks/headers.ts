// H, headers: whatever a client writes, in whatever spelling and place, the upstream reads what we wrote about who is there, once, and nothing else.
import t from 'tap'
import { mark, openForgersWorld, type Situation } from '../fuzz/headers.ts'
import { refused, type Test } from '../support/attack.ts'
import { fieldOf, fieldsOf } from '../support/wire.ts'
import names from './fixtures/header-names.json' with { type: 'json' }

const { ann, request, strike, situations, breach, signIn, upstream } = await openForgersWorld(t)
const { claimed, routing } = names
const cat = `Cookie: ${await signIn('cat')}`

/** Where a forger would want to be taken for somebody: with a session, without one, and where none is asked for. */
const everywhere = [
  ...['a protected route', 'a public route', 'a public route, signed in', 'a protected route, anonymous'],
  ...['a preflight', 'HEAD', 'HTTP/1.0', 'a websocket', 'a public websocket', 'an upstream that is down'],
]

/** In none of these situations does any of the forged fields arrive, nor anything but ours once. */
async function comesToNothing(t: Test, forged: readonly string[], where = everywhere): Promise<void> {
  for (const name of where) {
    const situation = situations[name] as Situation
    const impact = await strike(request(situation.line, ...situation.with, ...forged))
    t.equal(breach(impact, situation), undefined, `${name}: ${forged.join(', ').slice(0, 80)}`)
  }
}

const forged = (...spellings: readonly string[]) => spellings.map(name => `${name}: ${mark}`)

t.test('each managed name, with each separator in each place, is ours alone', async t => {
  const spellings = [...claimed, ...routing].flatMap(name => [
    ...[name, name.toLowerCase(), name.toUpperCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')],
    ...[name.replace('-', '_'), name.replace(/-([^-]*)$/, '_$1'), name.replace(/-([^-]*)$/, '.$1')],
    ...[`${name}_`, `_${name}`, `-${name}`, `${name}-`, `HTTP_${name.replaceAll('-', '_').toUpperCase()}`],
  ])
  for (let at = 0; at < spellings.length; at += 100)
    await comesToNothing(t, forged(...spellings.slice(at, at + 100)), ['a protected route', 'a public route'])
})

t.test('underscores are hyphens to CGI, so they are to us (H-01, H-05)', async t => {
  await comesToNothing(t, forged('X_Forwarded_User', 'X_Forwarded-Email', 'X-Forwarded_Groups', 'X_FORWARDED_USER'))
  await comesToNothing(t, forged('Remote_user', 'Remote_User', 'REMOTE_USER', 'remote_user', 'HTTP_REMOTE_USER'))
})

t.test('dots, and whatever else is no letter, are hyphens to PHP, so they are to us (H-06, H-31)', async t => {
  await comesToNothing(t, forged('Remote.User', 'X.Auth.Request.User', 'X-Auth.Request_User', 'X.Authenticated.User'))
  await comesToNothing(t, forged(...Array.from("!#$%&'*+^`|~", mark => `X${mark}Forwarded${mark}User`)))
})

t.test('a header that a configuration names is ours in any letters (H-02)', t =>
  comesToNothing(t, forged('X-Odd-Case', 'x-odd-case', 'X-ODD-CASE', 'x_odd_case', 'X-TEAM', 'x.team', 'X-Team')),
)

t.test('aliases of forwarding headers say nothing either (H-03)', t =>
  comesToNothing(t, [
    ...['X_Forwarded_Proto: https', 'X_Forwarded_Host: b.localhost', 'X_Forwarded_For: 6.6.6.6', 'X.Real.IP: 6.6.6.6'],
    ...forged('X_Forwarded_Prefix', 'X.Forwarded.Host', 'X_Original_URL', 'Forwarded_', 'X_Real_Ip'),
  ]),
)

t.test('what we have nothing to say under stays empty, and is not the client’s to fill (H-07)', async t => {
  for (const name of ['X-Forwarded-Groups', 'X_Forwarded_Groups', 'X-Team', 'x.team', 'X-Auth-Request-Groups']) {
    const { statuses, reached } = await strike(request('GET /x HTTP/1.1', cat, `${name}: sre`))
    t.same(statuses, [200])
    t.same(fieldsOf(reached[0]?.headers ?? [], 'x-forwarded-user'), ['cat'])
    t.notMatch(reached[0]?.head, /groups|team|sre/i, `${name}: she is in no group`)
  }
})

t.test('tokens and claims of other gateways are not carried, with a session or without (H-09)', t =>
  comesToNothing(t, forged('X-Access-Token', 'X-Userinfo', 'X-ID-Token', 'X-Refresh-Token')),
)

t.test('on a public route, and in a preflight, nobody is anybody (H-10, H-11)', async t => {
  const asks = 'Access-Control-Request-Method: DELETE'
  await comesToNothing(t, forged('OIDC_CLAIM_sub', 'OIDC-Claim-Email', 'OIDC_access_token', ...claimed))
  await comesToNothing(t, [asks, ...forged(...claimed)], ['a preflight', 'a public route'])
  const guarded = await strike(
    request('OPTIONS /admin/x HTTP/1.1', 'Origin: http://evil.test', asks, ...forged(...claimed)),
  )
  t.same([guarded.statuses, guarded.reached], [[401], []], 'a preflight to a guarded route is not let through')
})

t.test('no header of a client steers us (H-22, H-23)', async t => {
  const steering = [
    ...['X-Gw-Route: public', 'X-Gw-Internal: 1', 'X-Sallyport-Route: public', 'X-Sallyport-Assertion: x'],
    ...['X-Envoy-Internal: true', 'X-Envoy-Original-Path: /public/x', 'X-Envoy-Decorator-Operation: public'],
    ...['x-middleware-subrequest: middleware:middleware:middleware:middleware:middleware', 'X-Skipper-Proxy: 1'],
    ...['X-Original-URL: /public/x', 'X-Rewrite-URL: /public/x', 'X-Internal: true', 'X-Auth-Bypass: 1'],
  ]
  for (const field of steering) {
    const { statuses, reached } = await strike(request('GET /admin/x HTTP/1.1', field))
    t.same([statuses, reached], [[401], []], field)
  }
  await comesToNothing(t, forged('X-Sallyport-Route', 'X-Envoy-Internal', 'X-Middleware-Subrequest'))
})

t.test('of a field that decides something there is one line, or none is believed (H-21, H-33)', async t => {
  for (const [name, one, other] of [
    ['Authorization', 'Basic YTpi', 'Basic Yjph'],
    ['Host', 'localhost', 'b.localhost'],
    ['Origin', 'http://localhost', 'http://evil.test'],
    ['Content-Type', 'text/plain', 'application/json'],
    ['Content-Length', '0', '5'],
    ['Expect', '100-continue', '100-continue'],
    ['Upgrade', 'websocket', 'h2c'],
  ] as const)
    for (const lines of [
      [`${name}: ${one}`, `${name}: ${other}`],
      [`${name}: ${one}`, 'X: y', `${name.toLowerCase()}: ${one}`],
    ])
      refused(t, await strike(request('POST /public/x HTTP/1.1', ...lines)), lines.join(' | '))
  const [cookie = ''] = ann.split(': ').slice(1)
  const twice = await strike(request('GET /x HTTP/1.1', `Cookie: ${cookie}`, `Cookie: ${cookie}`))
  t.same([twice.statuses, twice.reached], [[401], []], 'two lines with one cookie are no session')
  const sites = ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site']
  const logout = request('POST /_sallyport/logout HTTP/1.1', ann, ...sites, 'Content-Length: 0')
  t.same((await strike(logout)).statuses, [403], 'and two origins are another site')
})

t.test('a name that is no token is refused', async t => {
  const odd = [
    ...['X-Forwarded-User ', 'X Forwarded-User', 'X-Forwarded-User\0', 'X-Forwarded-User\x7f', 'X-Forwarded-User\x85'],
    ...['X-Forwarded-User\xa0', 'X\xe2\x80\x90Forwarded-User', 'X\xef\xbc\x8dForwarded-User', '\xef\xbc\xb8-User'],
  ]
  for (const name of odd)
    refused(t, await strike(request('GET /public/x HTTP/1.1', `${name}: ${mark}`)), JSON.stringify(name))
})

t.test('names that mean something to JavaScript mean nothing here', async t => {
  const words = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']
  const { statuses } = await strike(request('GET /public/x HTTP/1.1', ...words.map(name => `${name}: x`)))
  t.same(statuses, [200])
})

t.test('a value that is not quite one line is refused', async t => {
  for (const value of ['a\0b', 'a\rb', 'a\nb', 'a\r\n b', 'a\r\n\tb', '\r\n b'])
    refused(t, await strike(request('GET /public/x HTTP/1.1', `X-Forwarded-User: ${value}`)), JSON.stringify(value))
})

t.test('a forged header behind hundreds of others, or of many kilobytes, does not arrive', async t => {
  const filler = Array.from({ length: 480 }, (_, at) => `a${at}: b`)
  const { statuses, reached } = await strike(request('GET /public/x HTTP/1.1', ...filler, `X-Forwarded-User: ${mark}`))
  t.same(statuses, [200])
  t.notMatch(reached[0]?.head, mark)
  await comesToNothing(t, [`X-Forwarded-User: ${mark.repeat(3000)}`], ['a public route', 'a protected route'])
  for (const kilobytes of [17, 64]) {
    const tooLong = request('GET /public/x HTTP/1.1', `X: ${'x'.repeat(kilobytes * 1024)}`)
    refused(t, await strike(tooLong), `${kilobytes} KiB`, [431])
  }
})

t.test('after all of this, no guarded application was ever asked without an identity (H-19)', async t => {
  const guarded = upstream.requests.filter(({ target }) => !target.startsWith('/public'))
  t.ok(guarded.length > 50)
  for (const { headers, target } of guarded) {
    const [who, proof] = [fieldsOf(headers, 'x-forwarded-user'), fieldsOf(headers, 'x-sallyport-assertion')]
    if (who.length !== 1 || proof.length !== 1) t.fail(`${target} arrived with ${who} and ${proof}`)
    if (fieldOf(headers, 'x-forwarded-user') === '') t.fail(`${target} arrived with an empty name`)
  }
})
