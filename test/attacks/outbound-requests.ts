// X, outbound requests: the gateway talks to whom its configuration names, verified, and to nobody else, whatever visitors, upstreams and providers say.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { anyText } from '../support/any-text.ts'
import { buildFort, websocketFields } from '../support/attack.ts'
import { makeAuthority } from '../support/certificates.ts'
import { startGateAt } from '../support/gate.ts'
import { claims, metadata, redirecting } from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

/** Verification may not hang on a variable that somebody left in the environment. */
function withoutVerification(t: Test): void {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.teardown(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
}

t.test('no request leads the gateway to another place than its upstream (X-01, X-02, X-03, X-14)', async t => {
  const decoy = await startUpstream(t)
  const place = `127.0.0.1:${decoy.port}`
  const [trusted, stranger] = ['127.0.0.2', '127.0.0.3']
  const { request, strike, signIn, upstream } = await buildFort(t, {
    settings: { server: { trustedProxies: [trusted] } },
  })
  const bearing = [`Cookie: ${await signIn('ann')}`, 'Authorization: Bearer canary']
  const targets = [
    ...[
      `http://${place}/`,
      `http://${place}/public/x`,
      `ws://${place}/public/x`,
      `//${place}/x`,
      `/public//${place}/x`,
    ],
    ...[
      `/public/@${place}`,
      `/public/..//${place}`,
      `/\\${place}/x`,
      `/public/x:@${place}/`,
      `/public/http://${place}/x`,
    ],
    ...[`/public/%2f%2f${place}`, `/public/x?url=http://${place}/`, `${place}/x`, `@${place}/x`, `http:/${place}/x`],
  ]
  const fields = [
    ...['X-Forwarded-Host', 'X-Forwarded-Server', 'X-Host', 'X-Backend-Host', 'X-Original-Host'].map(
      name => `${name}: ${place}`,
    ),
    ...['X-Skipper-Proxy', 'X-Proxy-Url', 'Proxy', 'Destination', 'X-Original-URL', 'X-Rewrite-URL', 'Base-Url'].map(
      name => `${name}: http://${place}/`,
    ),
    `Forwarded: host="${place}";proto=http`,
  ]
  for (const localAddress of [trusted, stranger])
    for (const upgrade of [[], websocketFields]) {
      for (const target of targets)
        await strike(request(`GET ${target} HTTP/1.1`, ...bearing, ...upgrade), { localAddress })
      for (const field of fields)
        await strike(request('GET /public/x HTTP/1.1', field, ...bearing, ...upgrade), { localAddress })
    }
  await strike(`GET /public/x HTTP/1.1\r\nHost: ${place}\r\n\r\n`)
  await strike(`CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n\r\n`)
  t.equal(decoy.sockets.length, 0, 'nobody has knocked there')
  t.ok(upstream.requests.length > 0)
})

t.test('metadata does not send the gateway to its neighbours (X-05)', async t => {
  const places = [
    'http://169.254.169.254/',
    'https://169.254.169.254/',
    'https://10.0.0.7/',
    'https://[fd00::7]/',
    'http://10.0.0.7/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'https://user@idp.test/',
  ]
  const names = ['jwks_uri', 'token_endpoint', 'userinfo_endpoint', 'revocation_endpoint']
  for (const [at, place] of places.entries()) {
    const name = names[at % names.length] ?? ''
    const rogue = await startRogueProvider(t, { alg: 'ES256' })
    rogue.misbehave(metadata({ [name]: place }))
    const { browser, gate } = await startGateAt(t, {
      provider: rogue,
      routes: [{ upstream: 'http://127.0.0.1:9', public: true }],
    })
    t.equal((await browser.visit('/_sallyport/login')).status, 502, `${name}: ${place}`)
    t.match(JSON.stringify(gate.lines), `the metadata's ${name} is`)
    await gate.stop()
  }
})

t.test('no redirect of a provider is followed, from whichever endpoint (X-11)', async t => {
  const decoy = await startUpstream(t)
  for (const endpoint of ['jwks', 'token', 'userinfo', 'revoke'] as const) {
    const { browser, rogue } = await startRogueGate(t, { provider: { userinfo: 'always' } })
    rogue.misbehave(redirecting(endpoint, `http://127.0.0.1:${decoy.port}/`))
    t.equal((await browser.visit('/')).status, endpoint === 'revoke' ? 200 : 502, endpoint)
    await browser.post('/_sallyport/logout', '')
    if (endpoint === 'revoke') while (rogue.calls.revoke === 0) await new Promise(setImmediate)
  }
  t.equal(decoy.sockets.length, 0)
})

t.test('a provider that nobody vouches for hears nothing, whatever the environment says (X-10)', async t => {
  withoutVerification(t)
  const heard: string[] = []
  const server = createServer(makeAuthority(t.testdir()).issue('DNS:localhost'), (request, response) => {
    heard.push(String(request.url))
    response.end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  const { browser } = await startGateAt(t, {
    provider: { issuer, client: { clientId: 'sallyport', clientSecret: 'hunter2-hunter2' } },
    routes: [{ upstream: 'http://127.0.0.1:9', public: true }],
  })
  t.equal((await browser.visit('/_sallyport/login')).status, 503)
  t.same(heard, [])
})

t.test('an upstream with a wrong certificate reads no request, whatever the environment says (X-10, X-15)', async t => {
  withoutVerification(t)
  const [ours, others] = [makeAuthority(t.testdir({})), makeAuthority(t.testdir({}))]
  for (const tls of [others.issue('IP:127.0.0.1'), ours.issue('DNS:app.test'), ours.issue('IP:127.0.0.2')]) {
    const upstream = await startUpstream(t, { tls })
    const { browser } = await startRogueGate(t, {
      routes: [{ upstream: { url: `https://127.0.0.1:${upstream.port}`, ca: ours.ca }, public: true }],
    })
    t.equal((await browser.get('/')).status, 502)
    t.same(upstream.requests, [])
  }
})

t.test('whatever a claim is made of, it is a text in its own header or not there (X-13)', async t => {
  const { rogue, upstream, newBrowser } = await startRogueGate(t, {
    provider: { userinfo: 'never' },
    settings: {
      identity: {
        headers: { 'X-User': 'user', 'X-Groups': 'groups', 'X-Dept': 'dept', 'X-All': '{identity.name}/{claims.a.b}' },
      },
    },
  })
  const nasty = fc.constantFrom<unknown>(
    ...[
      'a\r\nX-Evil: 1',
      'a\nX-Evil: 1',
      '\r\n\r\nGET /evil HTTP/1.1\r\n',
      'a\0b',
      '\u2028',
      '\ud800',
      'a,b',
      '%0d%0a',
    ],
    ...[{ toString: 'x' }, { toJSON: 'a\r\nX-Evil: 1' }, ['a', { toString: 'b' }], [['a\r\nX-Evil: 1']], 7, null, true],
  )
  const value = fc.oneof(nasty, fc.jsonValue({ maxDepth: 2 }), anyText())
  const property = fc.asyncProperty(
    fc.record({
      preferred_username: value,
      groups: fc.oneof(value, fc.array(value)),
      name: value,
      dept: value,
      a: value,
    }),
    async said => {
      rogue.behave()
      rogue.misbehave(claims(said as Record<string, unknown>))
      const before = upstream.requests.length
      if ((await newBrowser().visit('/')).status !== 200) return upstream.requests.length === before
      const { headers } = upstream.requests.at(-1) ?? { headers: [] }
      const names = headers.map(([name]) => name.toLowerCase())
      return (
        names.length === new Set(names).size &&
        headers.every(([name, text]) => !/evil/i.test(name) && /^[ -~]*$/.test(text))
      )
    },
  )
  await t.resolves(fc.assert(property, { numRuns: 40 }))
})
