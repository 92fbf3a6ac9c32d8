// Every outbound call is bounded: a provider that is slow, endless, elsewhere or absurd costs a moment and a login, nothing more.
import { once } from 'node:events'
import * as http from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { describe } from '../../src/core/errors.ts'
import { makeOutbound } from '../../src/oidc/outbound.ts'
import { makeAuthority } from '../support/certificates.ts'
import { openDoor, signIn } from '../support/oidc.ts'
import { dripping, garbled, hangingUp, huge, redirecting, silent } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const endpoints = ['discovery', 'jwks', 'token'] as const

const asking = { method: 'GET', headers: {}, body: undefined, redirect: 'manual' } as const

for (const endpoint of endpoints) {
  t.test(`${endpoint}: silence, dripping and a lost connection end in time and are the provider's absence`, async t => {
    for (const fault of [silent, dripping, hangingUp]) {
      const rogue = await startRogueProvider(t, { alg: 'ES256' })
      rogue.misbehave(fault(endpoint))
      const startedAt = performance.now()
      await t.rejects(
        signIn(openDoor(t, rogue, { timeoutMs: 300 })),
        { code: 'provider-unavailable', retryAfterSeconds: Number },
        fault.name,
      )
      t.ok(performance.now() - startedAt < 2000)
    }
  })

  t.test(
    `${endpoint}: garbage, ten megabytes and a redirect are no answer, and nobody follows the redirect (D-14, X-11)`,
    async t => {
      const code = endpoint === 'discovery' ? 'provider-unavailable' : 'login-failed'
      for (const fault of [garbled, huge]) {
        const rogue = await startRogueProvider(t, { alg: 'ES256' })
        rogue.misbehave(fault(endpoint))
        await t.rejects(signIn(openDoor(t, rogue)), { code }, fault.name)
      }
      const [rogue, decoy] = [
        await startRogueProvider(t, { alg: 'ES256' }),
        await startRogueProvider(t, { alg: 'ES256' }),
      ]
      rogue.misbehave(redirecting(endpoint, `${decoy.issuer}/decoy`))
      await t.rejects(signIn(openDoor(t, rogue)), { code, message: /redirect/ })
      t.equal(decoy.calls.elsewhere, 0)
    },
  )
}

t.test(
  'a provider that is not there, or whose connection fails, is absent for a while, and the log hears why',
  async t => {
    const outbound = makeOutbound({ timeoutMs: 2000, ca: undefined })
    t.teardown(() => outbound.close())
    const gone = createServer()
    await once(gone.listen(0, '127.0.0.1'), 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    for (const url of [`https://127.0.0.1:${port}/x?code=4711`, `http://127.0.0.1:${port}/x?code=4711`]) {
      const failure = await outbound.fetch(url, asking).catch(error => error)
      t.match(failure, {
        code: 'provider-unavailable',
        retryAfterSeconds: Number,
        message: /\/x gave no answer: .*ECONNREFUSED/,
      })
      t.notMatch(describe(failure), /4711/)
    }
  },
)

t.test('a body that could not be read is not quoted', async t => {
  const rogue = await startRogueProvider(t, { alg: 'ES256' })
  rogue.misbehave(garbled('token', '{"access_token":"at-4711", id_token'))
  const failure = await signIn(openDoor(t, rogue)).catch(error => error)
  t.match(failure, { code: 'login-failed' })
  t.notMatch(describe(failure), /4711|access_token|id_token/)
})

t.test(
  'a provider is spoken to only when somebody known vouches for its certificate, whatever the environment says (X-10)',
  async t => {
    const authority = makeAuthority(t.testdir({}))
    const server = createServer(authority.issue('DNS:localhost'), (_, response) => response.end('{}'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`
    const stranger = makeOutbound({ timeoutMs: 2000, ca: undefined })
    const acquaintance = makeOutbound({ timeoutMs: 2000, ca: authority.ca })
    t.teardown(async () => {
      await Promise.all([stranger.close(), acquaintance.close()])
      server.close()
    })
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    t.teardown(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
    await t.rejects(stranger.fetch(url, asking), { message: /SELF_SIGNED|UNABLE_TO_VERIFY/ })
    t.match(await acquaintance.fetch(url, asking), { status: 200 })
  },
)

t.test('a coding that was not asked for is named, and not parsed', async t => {
  const asked: unknown[] = []
  const server = http.createServer((request, response) => {
    asked.push(request.headers['accept-encoding'])
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const outbound = makeOutbound({ timeoutMs: 2000, ca: undefined })
  t.teardown(async () => {
    await outbound.close()
    server.close()
  })
  const url = `HTTP://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  await t.rejects(outbound.fetch(url, asking), { code: 'login-failed', message: /keys answered with a coding/ })
  t.strictSame(asked, ['identity'])
})
