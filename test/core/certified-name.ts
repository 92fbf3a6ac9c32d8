import type { PeerCertificate } from 'node:tls'
import t from 'tap'
import { certifiedFor } from '../../src/core/certified-name.ts'

const certificate = { subject: {}, subjectaltname: 'DNS:app.test, IP Address:192.0.2.1' } as PeerCertificate

t.test('a name is asked for, an address is not, and both must be in the certificate', async t => {
  for (const [name, servername] of [
    ['app.test', 'app.test'],
    ['192.0.2.1', undefined],
  ] as const) {
    const options = certifiedFor(name)
    t.equal('servername' in options ? options.servername : undefined, servername)
    t.equal(options.checkServerIdentity('other.test', certificate), undefined, 'whatever the connection went to')
  }
  for (const name of ['other.test', '192.0.2.2', '::1'])
    t.match(certifiedFor(name).checkServerIdentity('app.test', certificate), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
})
