// Whom a lane trusts behind https.
import type { Test as TapTest } from 'tap'
import type { Lane } from '../../../src/proxy/lane.ts'
import { makeAuthority } from '../../support/certificates.ts'
import { startFront } from '../../support/front.ts'
import { sendRaw } from '../../support/raw.ts'
import { echo, startUpstream, type TestUpstream } from '../../support/upstream.ts'
import { get } from './setting.ts'

export function laneHttps(t: TapTest, lane: Lane): void {
  const authority = makeAuthority(t.testdir({}))
  const serving = async (
    t: TapTest,
    names: string,
    tls: Parameters<TestUpstream['address']>[0],
    more: { clientCa?: string } = {},
  ) => {
    const upstream = await startUpstream(t, { answer: echo, tls: { ...authority.issue(names), ...more } })
    const front = await startFront(t, { lane, upstream: upstream.address(tls) })
    const { status } = await sendRaw(front.port, get)
    return { status, requests: upstream.requests.length, front }
  }

  t.test('a certificate of an unknown authority is refused before a byte is sent (X-15)', async t => {
    t.match(await serving(t, 'IP:127.0.0.1', {}), { status: 502, requests: 0 })
  })

  t.test(
    'a certificate for another name is refused, whatever the visitor calls us, and nothing breaks (D-27)',
    async t => {
      const { ca } = authority
      t.match(await serving(t, 'DNS:app.test', { ca }), { status: 502, requests: 0 })
      t.match(await serving(t, 'DNS:other.test', { ca, serverName: 'upstream.test' }), { status: 502, requests: 0 })
      t.match(await serving(t, 'IP:127.0.0.1', { ca, serverName: '127.0.0.9' }), { status: 502, requests: 0 })
    },
  )

  t.test('a certificate of the configured authority for the configured name is fine', async t => {
    const { ca } = authority
    t.match(await serving(t, 'IP:127.0.0.1', { ca }), { status: 200, requests: 1 })
    t.match(await serving(t, 'DNS:upstream.test', { ca, serverName: 'upstream.test' }), { status: 200, requests: 1 })
    t.match(await serving(t, 'IP:127.0.0.9', { ca, serverName: '127.0.0.9' }), { status: 200, requests: 1 })
  })

  t.test('a client certificate is shown where one is configured (X-09)', async t => {
    const { ca } = authority
    t.match(await serving(t, 'IP:127.0.0.1', { ca }, { clientCa: ca }), { status: 502, requests: 0 })
    t.match(await serving(t, 'IP:127.0.0.1', { ca, ...authority.issue('DNS:gateway.test') }, { clientCa: ca }), {
      status: 200,
      requests: 1,
    })
  })

  t.test('verification is skipped only where the dangerous word is said (X-10)', async t => {
    t.match(await serving(t, 'DNS:other.test', { dangerouslySkipVerification: true }), { status: 200, requests: 1 })
  })

  t.test('visitors with different Host headers share a connection', async t => {
    const upstream = await startUpstream(t, { tls: authority.issue('IP:127.0.0.1') })
    const front = await startFront(t, { lane, upstream: upstream.address({ ca: authority.ca }) })
    for (let i = 0; i < 3; i++) t.equal((await sendRaw(front.port, get)).status, 200)
    t.equal(upstream.sockets.length, 1)
  })
}
