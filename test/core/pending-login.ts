// Pending logins: the shape of the answer, who gave it, and when it came.
import t from 'tap'
import {
  isStale,
  issuerProblem,
  PENDING_LOGIN_MS,
  type PendingLogin,
  readAuthorizationResponse,
  responseModeProblem,
} from '../../src/core/pending-login.ts'
import { frontPage } from '../../src/core/return-to.ts'

const pending = (sketch: Partial<PendingLogin> = {}): PendingLogin => ({
  ...{ state: 's', nonce: 'n', codeVerifier: 'v', provider: 'corp', issuer: 'https://idp.test', issExpected: false },
  ...{ redirectUri: 'https://app.test/_sallyport/callback', returnTo: frontPage, startedAt: 0, attempt: 1 },
  responseMode: 'query',
  ...sketch,
})
const read = (query: string) => readAuthorizationResponse(new URLSearchParams(query))

t.test('a code or an error is read, with whatever else came along', async t => {
  t.match(read('code=c&state=s'), { kind: 'code', state: 's' })
  t.match(read('code=c&state=s&unknown=1&unknown=2&session_state=x'), { kind: 'code' })
  t.match(read('error=access_denied&state=s&error_description=no'), { kind: 'error', error: 'access_denied' })
  t.match(read('error=%3Cscript%3E&state=s'), { kind: 'error', error: 'unknown_error' })
})

t.test('an answer in any other shape is none', async t => {
  const shapes = [
    '',
    'code=c',
    'state=s',
    'code=&state=s',
    'code=c&state=',
    'code=c&error=x&state=s',
    'code=c&error=&state=s',
    'error=&state=s',
  ]
  const twice = [
    'code=c&code=d&state=s',
    'code=c&state=s&state=t',
    'code=c&state=s&iss=a&iss=b',
    'error=a&error=b&state=s',
    'code=c&code=c&state=s',
  ]
  const long = [`code=c&state=${'s'.repeat(513)}`, `code=${'c'.repeat(4097)}&state=s`]
  for (const query of [...shapes, ...twice, ...long]) t.equal(read(query), undefined, query.slice(0, 60))
})

t.test('the answer must come from the issuer that was asked', async t => {
  const problem = (query: string, sketch = {}) => issuerProblem(pending(sketch), new URLSearchParams(query))
  t.equal(problem('iss=https://idp.test'), undefined)
  t.equal(problem(''), undefined)
  for (const iss of ['https://idp.test/', 'https://evil.test', '', 'https://IDP.test'])
    t.match(problem(`iss=${iss}`), /another issuer/)
  t.match(problem('', { issExpected: true }), /does not name/)
})

t.test('an answer in the address is none to a login that asked for a form, nor the other way round', async t => {
  for (const [asked, other] of [
    ['query', 'form_post'],
    ['form_post', 'query'],
  ] as const) {
    t.equal(responseModeProblem(pending({ responseMode: asked }), asked), undefined)
    t.match(responseModeProblem(pending({ responseMode: asked }), other), `${asked} was asked for`)
  }
})

t.test('a pending login is stale after ten minutes', async t => {
  t.notOk(isStale(pending(), PENDING_LOGIN_MS - 1))
  t.ok(isStale(pending(), PENDING_LOGIN_MS))
})
