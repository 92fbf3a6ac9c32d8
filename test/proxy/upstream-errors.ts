import t from 'tap'
import { errors } from 'undici'
import { SallyportError } from '../../src/core/errors.ts'
import { isBrokenConnection, upstreamError } from '../../src/proxy/upstream-errors.ts'

const withCode = (code: string) => Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:3000'), { code })

t.test('failures are told apart by code, and their message with its addresses stays in the cause', t => {
  const expected = {
    ECONNREFUSED: 'upstream-unreachable',
    ENOTFOUND: 'upstream-unreachable',
    ERR_TLS_CERT_ALTNAME_INVALID: 'upstream-unreachable',
    SELF_SIGNED_CERT_IN_CHAIN: 'upstream-unreachable',
    ETIMEDOUT: 'upstream-timeout',
    UND_ERR_HEADERS_TIMEOUT: 'upstream-timeout',
    ECONNRESET: 'upstream-invalid',
    UND_ERR_SOCKET: 'upstream-invalid',
    HPE_INVALID_CONSTANT: 'upstream-invalid',
    UND_ERR_INVALID_ARG: 'internal',
    toString: 'upstream-unreachable',
  }
  for (const [code, ours] of Object.entries(expected)) {
    const error = upstreamError(withCode(code))
    t.equal(error.code, ours, code)
    t.notMatch(error.message, /10\.0\.0\.7/)
    t.match(error.cause, { code })
  }
  t.end()
})

t.test('what undici could not parse is invalid even when undici lost its code', t => {
  t.equal(upstreamError(new errors.HTTPParserError('Invalid header token')).code, 'upstream-invalid')
  t.end()
})

t.test('our own failures pass as they are, and what is no error at all is one of reaching the upstream', t => {
  const own = new SallyportError('upstream-busy', 'full')
  t.equal(upstreamError(own), own)
  t.equal(upstreamError('odd').code, 'upstream-unreachable')
  t.end()
})

t.test('a connection that broke is no other failure', t => {
  t.ok(isBrokenConnection(withCode('ECONNRESET')))
  t.notOk(isBrokenConnection(withCode('ECONNREFUSED')))
  t.notOk(isBrokenConnection(new Error('no code')))
  t.end()
})
