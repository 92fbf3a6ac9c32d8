// The checks over the claims of an ID token, as a table: one good token, and one claim at a time made bad.
import t from 'tap'
import { idTokenProblem, refreshedIdTokenProblem } from '../../src/oidc/id-token.ts'

const seconds = 1_800_000_000
const expected = {
  issuer: 'https://login.example.com',
  clientId: 'sallyport',
  nonce: 'n-1',
  // The pair of OpenID Connect Core, appendix A.3.
  accessToken: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y',
  alg: 'RS256',
  now: seconds * 1000,
  skewMs: 30_000,
}
const good = { iss: expected.issuer, sub: 'ann', aud: 'sallyport', exp: seconds + 300, iat: seconds, nonce: 'n-1' }

const accepted: Readonly<Record<string, Record<string, unknown>>> = {
  'nothing unusual': {},
  'an audience list of one': { aud: ['sallyport'] },
  'further audiences with azp naming us': { aud: ['sallyport', 'other'], azp: 'sallyport' },
  'azp naming us': { azp: 'sallyport' },
  'a subject of 255 characters': { sub: 's'.repeat(255) },
  'an expiry within the skew': { exp: seconds - 29 },
  'an expiry in the far future': { exp: 1e300 },
  'times with fractions': { exp: seconds + 0.5, iat: seconds - 0.5 },
  'an iat within the skew': { iat: seconds + 30 },
  'an old iat': { iat: 1 },
  'an nbf within the skew': { nbf: seconds + 30 },
  'the hash of the access token': { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' },
  'claims that mean nothing here': { auth_time: 'yesterday', acr: 7, 'https://x.example/roles': [] },
}

const refused: Readonly<Record<string, readonly [RegExp, Record<string, unknown>[]]>> = {
  iss: [
    /^iss /,
    [
      { iss: undefined },
      { iss: 'https://login.example.com/' },
      { iss: 'https://LOGIN.example.com' },
      { iss: [expected.issuer] },
    ],
  ],
  sub: [/^sub /, [undefined, null, '', 1, true, ['a'], {}, 's'.repeat(256), 's'.repeat(10_000)].map(sub => ({ sub }))],
  aud: [
    /^aud /,
    [
      undefined,
      null,
      '',
      'other',
      'SALLYPORT',
      [],
      ['other'],
      [['sallyport']],
      { 0: 'sallyport' },
      ['sallyport', 1],
      ['sallyport', 'other'],
    ].map(aud => ({ aud })),
  ],
  azp: [
    /azp/,
    [{ azp: 'other' }, { azp: ['sallyport'] }, { azp: null }, { aud: ['sallyport', 'other'], azp: 'other' }],
  ],
  exp: [
    /exp/,
    [undefined, null, `${seconds + 300}`, Number.NaN, Number.POSITIVE_INFINITY, true, seconds - 30, 0, -1].map(exp => ({
      exp,
    })),
  ],
  iat: [/^iat /, [undefined, null, `${seconds}`, [seconds], seconds + 31].map(iat => ({ iat }))],
  nbf: [/^nbf /, [null, `${seconds}`, seconds + 31].map(nbf => ({ nbf }))],
  nonce: [/^nonce /, [undefined, null, '', 'n-2', ['n-1']].map(nonce => ({ nonce }))],
  at_hash: [/^at_hash /, [null, '', '77QmUPtjPfzWtF2AnpK9Rq', 1].map(at_hash => ({ at_hash }))],
}

t.test(
  'a token is accepted with all that may be in one, by a clock that may differ a little (lessons 67, 69)',
  async t => {
    for (const [what, change] of Object.entries(accepted))
      t.equal(idTokenProblem({ ...good, ...change }, expected), undefined, what)
  },
)

for (const [claim, [problem, changes]] of Object.entries(refused)) {
  t.test(`a token with a wrong ${claim} is refused, and the reason names the claim (lessons 67, 68)`, async t => {
    for (const change of changes)
      t.match(idTokenProblem({ ...good, ...change }, expected), problem, JSON.stringify(change).slice(0, 80))
  })
}

t.test(
  'the hash of the access token is that of the signature algorithm: SHA-512 for Ed25519, SHA-384 for ES384',
  async t => {
    const halfOfSha256 = '77QmUPtjPfzWtF2AnpK9RQ'
    for (const alg of ['EdDSA', 'Ed25519', 'ES384', 'PS512'])
      t.match(idTokenProblem({ ...good, at_hash: halfOfSha256 }, { ...expected, alg }), /at_hash/)
  },
)

t.test('where max_age was sent, auth_time has to be there and late enough; elsewhere nobody asks', async t => {
  const authenticatedSince = (seconds - 60) * 1000 + 900
  const problem = (auth_time: unknown, skewMs = 0) =>
    idTokenProblem({ ...good, auth_time }, { ...expected, skewMs, authenticatedSince })
  for (const time of [seconds - 60, seconds - 1, seconds]) t.equal(problem(time), undefined, `${time - seconds}`)
  t.equal(problem(seconds - 90, 30_000), undefined, 'within the skew')
  for (const time of [undefined, null, `${seconds}`, 1, seconds - 61, seconds + 1, -1])
    t.match(problem(time), /^auth_time /, String(time))
  t.match(problem(seconds - 91, 30_000), /^auth_time /)
  for (const time of [undefined, 1]) t.equal(idTokenProblem({ ...good, auth_time: time }, expected), undefined)
})

t.test('a refreshed token is held against the login, in what OpenID Connect Core 12.2 names (T-06)', async t => {
  const before = { ...good, auth_time: seconds, groups: ['sre'] }
  const problem = (change: object, login: object = {}) =>
    refreshedIdTokenProblem({ ...before, ...change }, { ...expected, before: { ...before, ...login } })
  for (const change of [{}, { nonce: undefined }, { auth_time: undefined }, { groups: [] }, { iat: seconds + 9 }])
    t.equal(problem(change), undefined, JSON.stringify(change))
  t.equal(problem({ aud: ['sallyport', 'other'], azp: 'sallyport' }), undefined, 'one more audience')
  t.equal(problem({}, { auth_time: undefined }), undefined, 'nothing to compare the time with')
  t.match(problem({ sub: 'bob' }), /^sub /)
  t.match(problem({}, { aud: ['sallyport', 'other'] }), /^aud /)
  t.match(problem({ nonce: 'n-2' }), /^nonce /)
  t.match(problem({}, { nonce: undefined }), /^nonce /, 'one that nobody sent')
  t.match(problem({ auth_time: seconds + 1 }), /^auth_time /)
  t.match(problem({ exp: seconds - 30 }), /expired/, 'and everything else holds as at login')
})
