// D and Q: what is no HTTP at all, and what is endless: refused by the socket's own settings.
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { Secret } from '../../src/core/secret.ts'
import { openFrontGate } from '../../src/http/front-gate.ts'
import { listen } from '../../src/http/listen.ts'
import { buildFort, passed, refused } from '../support/attack.ts'
import { makeAuthority } from '../support/certificates.ts'
import { openRaw } from '../support/raw.ts'
import { serverSettings } from '../support/visits.ts'
import { Wire } from '../support/wire.ts'

const fort = await buildFort(t)
const { request, strike } = fort

/** The front gate under TLS, with nothing behind it but a count. */
async function openTlsGate(t: Test) {
  const { cert, key } = makeAuthority(t.testdir()).issue('DNS:app.test')
  const tls = { cert, key: new Secret(key), minVersion: 'TLSv1.2' } as const
  let handled = 0
  const { server } = openFrontGate(serverSettings({ tls }), {
    handle: (_req, res) => void res.end(String(++handled)),
    upgrade: (_req, socket) => socket.destroy(),
  })
  const { port } = (await listen(server, { host: '127.0.0.1', port: 0 })) as { port: number }
  t.teardown(() => server.close())
  return { port, handled: () => handled }
}

t.test('what is no HTTP at all is refused (d-27, d-28)', async t => {
  const get = request('GET /public/x HTTP/1.1')
  const messages = {
    'the PROXY protocol': `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${get}`,
    'its second version': `\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c${get}`,
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a byte order mark': `\xef\xbb\xbf${get}`,
    NUL: `\0${get}`,
    'a TLS hello': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
    'HTTP/0.9': 'GET /public/x\r\n\r\n',
  }
  for (const [what, message] of Object.entries(messages)) refused(t, await strike(message), what)
})

t.test('empty lines before a request are nothing (d-28)', async t => {
  passed(t, await strike('\r\n'.repeat(1000) + request('GET /public/x HTTP/1.1')), '/public/x')
})

t.test('what is no TLS ends at the TLS port, and takes nobody down (D-06, d-27)', async t => {
  const { port, handled } = await openTlsGate(t)
  const bytes = [
    request('GET /public/x HTTP/1.1'),
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n',
    '\x16\x03\x01\x02\0\x01\0\x01\xfc',
    '\0'.repeat(5000),
  ]
  for (const plain of bytes) {
    const connection = await openRaw(port)
    connection.send(plain)
    connection.socket.end()
    t.notMatch(await connection.wire.rest(), '200 OK', JSON.stringify(plain.slice(0, 20)))
  }
  t.equal(handled(), 0)
  const secured = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  secured.write('GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n')
  t.match(await new Wire(secured).rest(), 'HTTP/1.1 200 OK', 'and TLS is still served')
})

/** How HTTP/2 begins: its preface, and frames as attackers like them. */
const http2 = {
  preface: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  settings: '\0\0\0\x04\0\0\0\0\0',
  headers: '\0\0\x04\x01\x05\0\0\0\x01\x82\x86\x84\x41',
  reset: '\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08',
  continuation: '\0\0\x01\x09\0\0\0\0\x01\x40',
}

t.test(
  'nobody is spoken to in HTTP/2, in the clear or under TLS: there are no streams, no frames and no downgrades (D-01, D-02, D-03, D-05, Q-29, Q-31, d-26)',
  async t => {
    const { preface, settings, headers, reset, continuation } = http2
    for (const frames of ['', settings, (headers + reset).repeat(1000), headers + continuation.repeat(1000)])
      refused(t, await strike(preface + settings + frames), `${frames.length} bytes of frames`)
    const { port } = await openTlsGate(t)
    for (const ALPNProtocols of [['h2', 'http/1.1'], ['h2']]) {
      const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols })
      client.on('error', () => {})
      const wire = new Wire(client)
      await new Promise(resolve => client.once('secureConnect', resolve).once('close', resolve))
      t.not(client.alpnProtocol, 'h2')
      client.end(preface + settings)
      t.notMatch(await wire.rest(), /\x04\0\0\0\0\0|200 OK/)
    }
  },
)

t.test('a server name is a wish, and the strangest one only fails its own handshake (D-07)', async t => {
  const { port } = await openTlsGate(t)
  const ask = async (servername: string): Promise<string> => {
    const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, servername })
    client.on('error', () => {})
    client.write('GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n')
    return new Wire(client).rest()
  }
  for (const name of ['a'.repeat(255), 'a\0b', 'xn--i\u0300valid', 'xn--\u0378', '..', '%00', '-', 'a'.repeat(60_000)])
    await ask(name).catch(() => undefined)
  t.match(await ask('app.test'), '200 OK')
})

t.test('slow heads, many heads and lenient parsing are bounded by the settings of the socket', async t => {
  const { server: socket } = openFrontGate(serverSettings(), { handle() {}, upgrade() {} })
  t.equal(socket.headersTimeout, 20_000)
  t.ok(socket.keepAliveTimeout > 60_000)
  t.equal(socket.maxHeadersCount, 500)
  t.equal(socket.maxConnections, 100)
  t.notOk(`${process.execArgv} ${process.env.NODE_OPTIONS}`.includes('insecure-http-parser'))
})
