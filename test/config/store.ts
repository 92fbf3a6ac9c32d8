// Where sessions are kept: what may be written, what it becomes, what is refused, and that no password is ever repeated.
import t from 'tap'
import { makeAuthority } from '../support/certificates.ts'
import { accepted, type Changes, complaints, readWritten, strongSecret, written } from './reading.ts'

const withStore = (store: object): Changes => ({ session: { secrets: [strongSecret], store } })

const said = (changes: Changes) => complaints(written(changes))

const redisOf = async (store: object) => {
  const { session } = await accepted(withStore({ type: 'redis', ...store }))
  return session.store.type === 'redis' ? session.store.redis : undefined
}

t.test('a single server is a URL', async t => {
  t.match(await redisOf({ url: 'redis://redis.example.com' }), {
    at: { kind: 'single', host: 'redis.example.com', port: 6379 },
    database: 0,
    username: undefined,
    password: undefined,
    tls: undefined,
    keyPrefix: 'sallyport:',
    timeoutMs: 1000,
    downForMs: 30_000,
  })
  const full = await redisOf({ url: 'rediss://sally:p%40ss:w%2Frd@[::1]:7000/3', timeout: '250ms', downFor: '2m' })
  t.match(full, { at: { host: '::1', port: 7000 }, database: 3, username: 'sally', timeoutMs: 250, downForMs: 120_000 })
  t.equal(full?.password?.reveal(), 'p@ss:w/rd')
  t.ok(full?.tls, 'rediss is TLS')
  t.match(await redisOf({ url: 'redis://:secret@localhost:6379/' }), { username: undefined, password: Object })
})

t.test('a cluster and a group of sentinels are lists of nodes', async t => {
  const nodes = ['redis-0:7000', '127.0.0.1:7001']
  const at = {
    nodes: [
      { host: 'redis-0', port: 7000 },
      { host: '127.0.0.1', port: 7001 },
    ],
  }
  t.match(await redisOf({ cluster: nodes, tls: true, username: 'sally', password: 'word' }), {
    at: { kind: 'cluster', ...at },
    tls: {},
    username: 'sally',
  })
  const sentinel = await redisOf({ sentinel: { name: 'main', nodes, password: 'watch' }, password: 'word' })
  t.match(sentinel, { at: { kind: 'sentinel', name: 'main', ...at }, tls: undefined })
  t.equal(sentinel?.at.kind === 'sentinel' && sentinel.at.password?.reveal(), 'watch')
  t.equal(sentinel?.password?.reveal(), 'word')
})

t.test('certificates come from files or text', async t => {
  const { ca, ...authority } = makeAuthority(t.testdir())
  const { cert, key } = authority.issue('DNS:client')
  const redis = await redisOf({ url: 'rediss://redis', tls: { ca, cert, key, serverName: 'redis.test' } })
  t.match(redis?.tls, { serverName: 'redis.test' })
  t.ok(redis?.tls?.ca && redis.tls.cert && redis.tls.key)
})

t.test('the cookie store may share its list of ended sessions', async t => {
  const { session } = await accepted(withStore({ type: 'cookie', notBefore: { url: 'redis://redis' } }))
  t.match(session.store, { type: 'cookie', notBefore: { at: { kind: 'single', host: 'redis' } } })
})

const refused: ReadonlyArray<readonly [title: string, store: object, said: RegExp]> = [
  ['no place', {}, /session.store: it is not said where Redis is; write one of url, cluster and sentinel/],
  ['two places', { url: 'redis://a', cluster: ['b:1'] }, /session.store: there are several answers/],
  ['another scheme', { url: 'http://hunter2@redis' }, /store.url: .* another scheme than redis and rediss/],
  ['no host', { url: 'redis://:hunter2@' }, /store.url: .* no valid host and port/],
  ['a port beyond all ports', { url: 'redis://:hunter2@redis:65536' }, /store.url: .* no valid host and port/],
  ['a raw password', { url: 'redis://:hunter2/x@redis' }, /store.url: .* (?:percent-encoded|no valid host)/],
  ['a broken escape', { url: 'redis://:hunter2%ZZ@redis' }, /store.url: .* not percent-encoded/],
  ['options in the URL', { url: 'redis://:hunter2@redis/0?tls=1' }, /store.url: .* more than a database number/],
  ['a node without a port', { cluster: ['redis-0'] }, /cluster\[0\]: "redis-0" has no port/],
  ['no nodes', { cluster: [] }, /store.cluster: /],
  [
    'a password beside the URL',
    { url: 'redis://a', password: 'hunter2' },
    /store.password: the url has a place for it/,
  ],
  ['TLS settings for a plain URL', { url: 'redis://a', tls: true }, /store.tls: the url is without TLS; write rediss/],
  ['a prefix with a brace', { url: 'redis://a', keyPrefix: '{x}' }, /keyPrefix: .* not a key prefix/],
  ['a word that is not known', { url: 'redis://a', ulr: 'x' }, /ulr/],
]

for (const [title, store, pattern] of refused) {
  t.test(`a Redis with ${title} is refused, and no password is repeated (L-02)`, async t => {
    const all = await said(withStore({ type: 'redis', ...store }))
    t.ok(
      all.some(line => pattern.test(line)),
      all.join('\n'),
    )
    t.notMatch(all.join('\n'), /hunter2/)
    const shared = await said(withStore({ type: 'cookie', notBefore: store }))
    t.equal(shared.length, all.length, 'so it is for a shared list')
    t.notMatch(shared.join('\n'), /hunter2/)
  })
}

t.test('half of a client certificate is refused', async t => {
  const { cert } = makeAuthority(t.testdir()).issue('DNS:client')
  const [first] = await said(withStore({ type: 'redis', url: 'rediss://a', tls: { cert } }))
  t.match(first, /tls.cert: half of a client certificate/)
})

t.test('Redis without a secret is refused: every replica would seal with another one', async t => {
  const [first] = await said({ session: { store: { type: 'redis', url: 'redis://a' } } })
  t.match(first, /session.secrets: the redis store has no secret/)
})

t.test('an administration whose word is forgotten is refused', async t => {
  const admin = { admin: { key: strongSecret } }
  const secrets = ['another-Secret.of-32-bytes-or-more!x']
  const store = (store: object) => ({ ...admin, session: { secrets, store } })
  t.match(await said(store({ type: 'cookie' })), [/admin.key: the cookie store forgets .* session.store.notBefore/])
  await accepted(store({ type: 'cookie', notBefore: { url: 'redis://a' } }))
  await accepted(store({ type: 'memory' }))
})

t.test('a cookie store that forgets is a warning', async t => {
  const warnings = async (store: object) => {
    const result = await readWritten(written(withStore(store)))
    return result.ok && result.warnings
  }
  t.match(await warnings({ type: 'cookie' }), [/session.store is cookie without notBefore/])
  t.strictSame(await warnings({ type: 'cookie', notBefore: { url: 'redis://a' } }), [])
})
