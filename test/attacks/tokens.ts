// T, tokens: whatever a provider or a stranger sends in the place of a token, nobody is signed in by it, and it costs a moment.
import { createHash, generateKeyPairSync } from 'node:crypto'
import t, { type Test } from 'tap'
import {
  type Behaviour,
  claims,
  type Fields,
  failing,
  garbled,
  header,
  signedUserinfo,
  tokens,
  userinfo,
} from '../support/rogue-faults.ts'
import { startRogueGate } from '../support/rogue-gate.ts'
import { publicKey, signRight } from '../support/rogue-keys.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'

const { gate, rogue, upstream, newBrowser } = await startRogueGate(t, {
  provider: { userinfo: 'always' },
  routes: [
    { name: 'public', path: '/public', public: true },
    { name: 'all', path: '/', allow: [{ authenticated: true }] },
  ],
})

/** Far above what any of these takes, and far below what they would take unbounded. */
const MOST_MS = 20_000

type Wrongs = Readonly<Record<string, Behaviour | readonly Behaviour[]>>

/** Each of them: an error page in a moment, and no session; behind all of them a right login still is one. */
async function signNobodyIn(t: Test, wrongs: Wrongs): Promise<void> {
  for (const [what, wrong] of Object.entries(wrongs)) {
    rogue.behave()
    rogue.misbehave(...[wrong].flat())
    const browser = newBrowser()
    const begun = performance.now()
    const page = await browser.visit('/')
    t.ok(performance.now() - begun < MOST_MS, `${what} takes a moment`)
    t.ok([502, 503].includes(page.status), `${what}: ${page.status}`)
    t.equal(browser.cookies('/'), undefined, what)
  }
  rogue.behave()
  t.equal((await newBrowser().visit('/')).status, 200, 'and whoever signs in rightly is signed in')
}

/** The same fault with one value after the other. */
const each = <T>(name: string, values: readonly T[], fault: (value: T) => Behaviour): Wrongs =>
  Object.fromEntries(values.map(value => [`${name} ${JSON.stringify(value)}`.slice(0, 60), fault(value)]))

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

t.test('an Authorization of a stranger signs nobody in, and is nobody on a public route (T-02, T-03)', async t => {
  const forged = `${segment({ alg: 'none' })}.${segment({ iss: rogue.issuer, sub: 'root' })}.`
  for (const authorization of ['Bearer x', 'Basic eDp5', 'Bearer', `Bearer ${forged}`, 'DPoP x', 'Negotiate x', '']) {
    const before = upstream.requests.length
    t.equal((await newBrowser().fetch('/', { headers: { authorization } })).status, 401, authorization)
    t.equal(upstream.requests.length, before)
    t.equal((await newBrowser().fetch('/public', { headers: { authorization } })).status, 200)
    t.notMatch(upstream.requests.at(-1)?.head, /^(?:x-forwarded-(?:user|email|groups)|x-sallyport-assertion):/im)
  }
})

t.test('the algorithm of a token is one that is allowed and that of its key, or it is no token (T-10)', t =>
  signNobodyIn(
    t,
    each(
      'alg',
      [
        ...['none', 'NONE', 'HS256', 'RS256', 'PS256', 'ES384', 'ES256K', 'es256', 'EdDSA', ''],
        7,
        null,
        ['ES256'],
        undefined,
      ],
      alg => header({ alg }),
    ),
  ),
)

t.test('an audience is text, or a list of texts, that names this client (T-13)', t => {
  const { clientId } = rogue.client
  const odd = [[], [[clientId]], { 0: clientId, length: 1 }, null, 1, true, '', [clientId, 1], [clientId, null], [{}]]
  return signNobodyIn(
    t,
    each('aud', odd, aud => claims({ aud })),
  )
})

t.test('times are numbers that can be compared (T-17)', t =>
  signNobodyIn(t, {
    ...each('exp', [undefined, null, '9999999999', '1e300', true, [9_999_999_999], -1, 0], exp => claims({ exp })),
    ...each('iat', [undefined, null, '1', [1]], iat => claims({ iat })),
  }),
)

t.test('encrypted, compressed and costly tokens are refused by their looks (T-14, T-15)', t => {
  const right = segment({ alg: 'ES256' })
  const rounds = { alg: 'PBES2-HS512+A256KW', p2c: 2 ** 31, p2s: 'AAAA' }
  const bombs = {
    'a JWE with zip': `${segment({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}..AAAA.${'A'.repeat(500_000)}.AAAA`,
    'a JWE with many rounds': `${segment(rounds)}.A.A.A.A`,
    'many rounds in a JWS': `${segment(rounds)}.${segment({})}.AAAA`,
    'a JWS with zip': `${segment({ alg: 'ES256', zip: 'DEF' })}.${'A'.repeat(200_000)}.AAAA`,
    'half a million dots': '.'.repeat(500_000),
    'dots between letters': 'a.'.repeat(250_000),
    'an endless header': `${'e'.repeat(800_000)}.e30.AAAA`,
    'an endless payload': `${right}.${'e'.repeat(800_000)}.AAAA`,
    'an endless signature': `${right}.${segment({})}.${'A'.repeat(800_000)}`,
    'a header of brackets': `${Buffer.from('['.repeat(190_000)).toString('base64url')}.e30.AAAA`,
    'five megabytes': `${right}.${'e'.repeat(5_000_000)}.AAAA`,
  }
  return signNobodyIn(
    t,
    Object.fromEntries(Object.entries(bombs).map(([what, id_token]) => [what, tokens({ id_token })])),
  )
})

t.test('a key that comes with the token is not the provider’s (T-21)', async t => {
  const own = { kid: 'mine', alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  const signedByMe: Behaviour = { sign: (given, body) => signRight(given, body, own) }
  const calls = rogue.calls.elsewhere
  const headers: readonly Fields[] = [
    { jwk: publicKey(own) },
    ...['jku', 'x5u', 'kid'].map(name => ({ [name]: `${rogue.issuer}/elsewhere` })),
    { x5c: [Buffer.from('no certificate').toString('base64')] },
    ...['../../etc/passwd', '__proto__', ''].map(kid => ({ kid })),
  ]
  await signNobodyIn(
    t,
    each('header', headers, fields => ({ ...header(fields), ...signedByMe })),
  )
  t.equal(rogue.calls.elsewhere, calls, 'nothing was fetched')
})

t.test('userinfo is an object about the very same person, signed for us where it is signed (T-18)', t => {
  const bodies = ['[]', '"x"', '1', 'null', '', '[{"sub":"subject-of-ann"}]', '{"sub":"subject-of-ann"']
  const subjects = [undefined, null, '', 'subject-of-bob', 'SUBJECT-OF-ANN', 'subject-of-ann ', ['subject-of-ann'], 1]
  const about = [{ aud: 'other' }, { aud: undefined }, { iss: 'https://other.test' }, { sub: 'other' }, { exp: 1 }]
  return signNobodyIn(t, {
    ...each('userinfo', bodies, body => garbled('userinfo', body)),
    ...each('userinfo of', subjects, sub => userinfo({ sub })),
    ...each('signed userinfo', about, signedUserinfo),
  })
})

t.test('a token endpoint may answer what it likes (T-26)', t => {
  const errors = [...['use_dpop_nonce', 'unknown_error', ''], 7, { code: 'x' }, ['invalid_grant'], null]
  const bodies = [null, [], 'text', 7, {}, { access_token: {} }, { access_token: 'a', token_type: {} }]
  return signNobodyIn(t, {
    ...each('status', [204, 205, 299, 304, 400, 401, 418, 500], status => failing('token', status)),
    ...each('error', errors, error => failing('token', 400, { error })),
    ...each('answer', bodies, body => failing('token', 200, body)),
  })
})

t.test('while the provider is away nobody new comes in, and nobody is sent away (T-11)', async t => {
  rogue.behave()
  const [inside, outside] = [newBrowser(), newBrowser()]
  await inside.visit('/')
  for (const endpoint of ['token', 'userinfo'] as const) {
    rogue.behave()
    rogue.misbehave(failing(endpoint, 503))
    t.equal((await outside.visit('/')).status, 503, endpoint)
    t.equal((await outside.fetch('/')).status, 401)
    t.equal((await inside.fetch('/')).status, 200)
  }
  rogue.behave()
})

t.test('a subject is a short text (T-27)', t =>
  signNobodyIn(
    t,
    each<unknown>('sub', [1, ['a'], {}, '', true, null, 'x'.repeat(10_000), { toString: 'root' }], sub =>
      claims({ sub }),
    ),
  ),
)

t.test('tokens of another provider are good for nothing, though this one vouches for their key (T-23)', async t => {
  const honest = await startRogueProvider(t, { alg: 'ES256' })
  const key = { kid: 'theirs', alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  const at_hash = createHash('sha256').update('an access token of another provider').digest().subarray(0, 16)
  await signNobodyIn(t, {
    'the ID token of another issuer': {
      jwks: keys => [...keys, publicKey(key)],
      sign: (given, body) => signRight({ ...given, kid: key.kid }, { ...body, iss: honest.issuer }, key),
    },
    'an access token that was given to somebody else': claims({ at_hash: at_hash.toString('base64url') }),
  })
  t.equal(honest.calls.userinfo + honest.calls.token + honest.calls.jwks, 0, 'and it is shown nothing')
})

t.test('claims of any depth and of odd names sign in the person they are about, or nobody (T-27)', async t => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  for (const [what, more, status] of [
    ['a claim of many levels', `"x":${deep}`, 502],
    ['the prototype', '"__proto__":{"groups":["sre"],"email_verified":true}', 200],
    ['a constructor', '"constructor":{"prototype":{"groups":["sre"]}},"toString":"x","hasOwnProperty":1', 200],
  ] as const) {
    rogue.behave()
    rogue.misbehave(garbled('userinfo', `{"sub":"subject-of-ann",${more}}`))
    t.equal((await newBrowser().visit('/')).status, status, what)
    if (status === 200) t.notMatch(upstream.requests.at(-1)?.head, /^x-forwarded-groups:/im, what)
  }
  t.equal(Reflect.get({}, 'groups'), undefined)
  t.notOk(gate.lines.some(({ level }) => level === 'error'))
})
