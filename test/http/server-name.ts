import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import t from 'tap'
import { serverName } from '../../src/http/server-name.ts'
import { makeAuthority } from '../support/certificates.ts'
import { head, received } from '../support/visits.ts'

t.test('the name of the handshake, in the spelling of hosts', async t => {
  const server = createServer(makeAuthority(t.testdir()).issue('DNS:app.test'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  for (const [servername, expected] of [
    ['app.test', 'app.test'],
    ['APP.Test', 'app.test'],
    ['app_1.test', 'app_1.test'],
    ['', undefined],
    ['a b', undefined],
  ] as const) {
    const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername })
    client.write(head('GET /'))
    const [raw, res] = (await once(server, 'request')) as [IncomingMessage, { end(): void }]
    t.equal(serverName(raw), expected, servername)
    res.end()
    client.destroy()
  }
})

t.test('plain http has none', async t => {
  t.equal(serverName(await received(t, head('GET /'))), undefined)
})
