// The catalogue of failures, and what may be told of one.
import fc from 'fast-check'
import t from 'tap'
import { describe, errorCodes, SallyportError, sentenceOf, statusOf } from '../../src/core/errors.ts'

t.test('every code has a status and a sentence for the public', async t => {
  for (const code of errorCodes) {
    t.ok(statusOf(code) >= 400 && statusOf(code) < 600, code)
    t.match(sentenceOf(code), /^[A-Z].*\.$/)
    t.match(new SallyportError(code, 'private'), {
      code,
      status: statusOf(code),
      sentence: sentenceOf(code),
      message: 'private',
    })
  }
})

t.test('a description names code, message and causes', async t => {
  const cause = Object.assign(new TypeError('fetch failed'), { code: 'ECONNREFUSED' })
  const error = new SallyportError('provider-unavailable', 'discovery failed', { cause })
  t.equal(
    describe(error),
    'SallyportError [provider-unavailable]: discovery failed <- TypeError [ECONNREFUSED]: fetch failed',
  )
  t.equal(new SallyportError('stopping', 'x').cause, undefined)
  for (const value of ['token', { token: 'x' }, null, undefined])
    t.equal(describe(value), 'a value that is not an Error was thrown')
})

t.test('a cause that goes round in circles is described all the same', async t => {
  const error: Error = new Error('round')
  error.cause = error
  t.match(describe(error), /^Error: round <- /)
})

t.test('nothing else that an error carries is told', async t => {
  const carrying = fc.property(fc.dictionary(fc.string(), fc.constant('eyJ-a-token')), extras => {
    const { name: _, message: __, code: ___, cause: ____, stack: _____, ...rest } = extras
    const error = Object.assign(new Error('failed', { cause: Object.assign(new Error('inner'), rest) }), rest, {
      code: 401,
    })
    return !describe(error).includes('token')
  })
  t.doesNotThrow(() => fc.assert(carrying))
})
