// The session API, on a whole gateway: who may ask, what is said, and that what was ended is over.
import t from 'tap'
import { adminOf, newAdminKey, post } from '../support/admin.ts'
import { openBrowser } from '../support/browser.ts'
import { type GateOptions, startGate } from '../support/gate.ts'
import { startRedis } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGate>[0]

async function world(t: Tap, { settings = {}, ...options }: GateOptions = {}) {
  const key = newAdminKey()
  const upstream = await startUpstream(t)
  const running = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
    settings: { admin: { listen: '127.0.0.1:0', key }, ...settings },
    ...options,
  })
  const signIn = async (user: string) => {
    const browser = running.newBrowser()
    await browser.signInAs(user)
    const { session, subject } = JSON.parse((await browser.fetch('/_sallyport/me')).body)
    return { browser, id: session.id as string, subject: subject as string }
  }
  return { ...running, key, admin: adminOf(running.gate, key), signIn, issuer: running.provider.issuer }
}

const acts = (lines: readonly { msg: string }[]) => lines.filter(({ msg }) => msg === 'administration')

t.test('nobody asks without the key, and the answer says what is missing', async t => {
  const { gate, signIn, key } = await world(t)
  const { id } = await signIn('ann')
  const asks = [
    ['/sessions'],
    [`/sessions/${id}`, { method: 'DELETE' }],
    ['/sessions/end', post({ user: 'ann' })],
    ['/not-before', post({})],
  ] as const
  for (const [path, wish] of asks) {
    const stranger = await adminOf(gate)(path, wish)
    t.match(stranger, { status: 401, body: { code: 'unauthenticated' } }, path)
    t.equal(stranger.headers.get('www-authenticate'), 'Bearer realm="sallyport"')
    const impostor = await adminOf(gate, key.slice(1))(path, wish)
    t.equal(impostor.status, 401)
    t.equal(impostor.headers.get('www-authenticate'), 'Bearer realm="sallyport", error="invalid_token"')
  }
  t.equal(gate.lines.filter(({ msg }) => msg === 'administration refused').length, 8)
  t.notMatch(JSON.stringify(gate.lines), key.slice(1))
  t.equal(
    (await adminOf(gate, key)(`/sessions/${id}`, { method: 'DELETE' })).status,
    200,
    'none of them ended anything',
  )
})

t.test('without admin.key there is no session API, and a reload brings it and takes it away', async t => {
  const { gate, key, admin } = await world(t, { settings: { admin: { listen: '127.0.0.1:0' } } })
  t.equal((await admin('/sessions')).status, 404)
  t.equal((await admin('/sessions', { headers: { authorization: 'Bearer ' } })).status, 404)
  await gate.reload({ admin: { listen: '127.0.0.1:0', key } })
  t.equal((await admin('/sessions')).status, 200)
  const next = newAdminKey()
  await gate.reload({ admin: { listen: '127.0.0.1:0', key: next } })
  t.equal((await admin('/sessions')).status, 401, 'the old key is worth nothing')
  t.equal((await adminOf(gate, next)('/sessions')).status, 200)
})

t.test('the public listener knows nothing of it, whoever asks with whatever', async t => {
  const { gate, browser, signIn, key } = await world(t)
  const ann = await signIn('ann')
  const authorization = `Bearer ${key}`
  for (const path of ['/_sallyport/not-before', `/_sallyport/sessions/${ann.id}`, '/_sallyport/admin/sessions']) {
    const answer = await browser.fetch(path, { method: 'POST', headers: { authorization } })
    t.equal(answer.status, 404, path)
  }
  t.equal((await browser.fetch('/sessions', { headers: { authorization } })).status, 401, 'a path of the application')
  t.equal((await browser.fetch('/_sallyport/sessions', { headers: { authorization } })).status, 401)
  t.same(acts(gate.lines), [])
})

t.test('the list tells who and from where, and nothing that opens anything (L-09)', async t => {
  const { admin, signIn, newBrowser, issuer } = await world(t)
  const ann = await signIn('ann')
  const bob = await signIn('bob')
  const all = await admin('/sessions')
  t.equal(all.status, 200)
  t.equal(all.headers.get('cache-control'), 'no-store')
  t.same(all.body.sessions.map(({ id }: { id: string }) => id).sort(), [ann.id, bob.id].sort())
  t.equal(all.body.cursor, null)

  const [only] = (await admin('/sessions?user=ann')).body.sessions
  t.same(Object.keys(only).sort(), [
    ...['address', 'browser', 'id', 'issuer', 'provider', 'seenAt', 'startedAt', 'subject', 'user', 'userAgent'],
  ])
  t.match(only, { id: ann.id, user: 'ann', subject: ann.subject, issuer, provider: 'corp', address: '127.0.0.1' })
  t.notMatch(JSON.stringify(all.body), /eyJ|ann@example\.com|token/i)
  t.notMatch(JSON.stringify(all.body), newBrowser().cookies('/') ?? 'no cookie')

  const count = async (query: string) => (await admin(`/sessions?${query}`)).body.sessions.length
  t.equal(await count(`issuer=${encodeURIComponent(issuer)}&subject=${bob.subject}`), 1)
  t.equal(await count('provider=corp'), 2)
  t.equal(await count('provider=other'), 0)
  t.equal(await count('user=nobody'), 0)
})

t.test('a long list comes in pages', async t => {
  const { admin, signIn } = await world(t)
  const signedIn = [await signIn('ann'), await signIn('ann'), await signIn('bob')]
  const found: string[] = []
  for (let query = '?limit=2', pages = 1; ; pages++) {
    const { body } = await admin(`/sessions${query}`)
    t.ok(body.sessions.length <= 2)
    found.push(...body.sessions.map(({ id }: { id: string }) => id))
    if (body.cursor === null) break
    t.ok(pages < 5)
    query = `?limit=2&cursor=${encodeURIComponent(body.cursor)}`
  }
  t.same(found.sort(), signedIn.map(({ id }) => id).sort())
})

t.test('what is asked in another way than the documented one is refused in words, and nothing happens', async t => {
  const { admin, signIn, gate } = await world(t)
  const { browser } = await signIn('ann')
  const wrong = [
    ['/sessions?usr=ann', {}],
    ['/sessions?user=ann&user=bob', {}],
    ['/sessions?limit=0', {}],
    ['/sessions/end', post({ usr: 'ann' })],
    ['/sessions/end', post({ user: ['ann'] })],
    ['/sessions/end', post({})],
    ['/sessions/end', post('not json')],
    ['/sessions/end', { method: 'POST', body: '{"user":"ann"}', headers: { 'content-type': 'text/plain' } }],
    ['/sessions/end', { method: 'POST' }],
    ['/sessions/end', post({ user: 'x'.repeat(20_000) })],
    ['/not-before', post({ subject: 'x' })],
    ['/not-before', post({ issuer: 'a', subject: 'x', at: '2999-01-01T00:00:00Z' })],
    ['/not-before', post({ issuer: 'a', subject: 'x', when: 'now' })],
  ] as const
  for (const [path, wish] of wrong) {
    const { status, headers, body } = await admin(path, wish)
    t.equal(status, 400, path)
    t.equal(headers.get('content-type'), 'application/problem+json')
    t.match(body, { code: 'request-malformed', detail: /^Wanted: / })
  }
  t.same(acts(gate.lines), [])
  t.equal((await browser.fetch('/')).status, 200)
})

t.test('one session ends at the next request, by its id, and its neighbours go on', async t => {
  const { admin, signIn, gate } = await world(t)
  const [laptop, phone] = [await signIn('ann'), await signIn('ann')]
  const { status, body } = await admin(`/sessions/${laptop.id}`, { method: 'DELETE' })
  t.equal(status, 200)
  t.same(body, { ended: [laptop.id] })
  const refused = await laptop.browser.fetch('/')
  t.equal(refused.status, 401)
  t.match(JSON.parse(refused.body), { reason: 'session-revoked', detail: /by an administrator/ })
  t.equal((await phone.browser.fetch('/')).status, 200)
  t.equal((await admin(`/sessions/${laptop.id}`, { method: 'DELETE' })).status, 404, 'it ends once')
  for (const id of ['nobody', '..%2Fmetrics', '%00'])
    t.equal((await admin(`/sessions/${id}`, { method: 'DELETE' })).status, 404)
  t.match(acts(gate.lines)[0], { act: 'end session', session: laptop.id, ended: [laptop.id], peer: '127.0.0.1' })

  await laptop.browser.signInAs('ann')
  t.equal((await laptop.browser.fetch('/')).status, 200, 'who may, signs in again')
})

t.test('all sessions of a person end, by user name or by what their provider calls them', async t => {
  const { admin, signIn, issuer } = await world(t)
  const [one, two, bob] = [await signIn('ann'), await signIn('ann'), await signIn('bob')]
  const byName = await admin('/sessions/end', post({ user: 'ann' }))
  t.same(byName.body.ended.toSorted(), [one.id, two.id].toSorted())
  for (const { browser } of [one, two]) t.equal((await browser.fetch('/')).status, 401)
  t.equal((await bob.browser.fetch('/')).status, 200)

  const byPerson = await admin('/sessions/end', post({ issuer, subject: bob.subject }))
  t.same(byPerson.body, { ended: [bob.id] })
  t.equal((await bob.browser.fetch('/')).status, 401)
  t.same(
    (await admin('/sessions/end', post({ issuer, subject: bob.subject }))).body,
    { ended: [] },
    'and again is nothing',
  )
})

t.test('a person with too many rights an hour ago: sessions from before a moment end, later ones stay', async t => {
  let now = Date.now()
  const { admin, signIn, issuer } = await world(t, { now: () => now })
  const early = await signIn('ann')
  now += 60_000
  const at = new Date(now).toISOString()
  now += 60_000
  const late = await signIn('ann')
  const { body } = await admin('/not-before', post({ issuer, subject: early.subject, at }))
  t.same(body, { issuer, subject: early.subject, notBefore: at, ended: [early.id] })
  t.equal((await early.browser.fetch('/')).status, 401)
  t.equal((await late.browser.fetch('/')).status, 200)
})

const stores = {
  memory: async () => ({ type: 'memory' }),
  redis: async (t: Tap) => ({ type: 'redis', ...(await redisOf(t)) }),
  cookie: async (t: Tap) => ({ type: 'cookie', notBefore: await redisOf(t) }),
}

const redisOf = async (t: Tap) => ({ url: `redis://127.0.0.1:${(await startRedis(t)).port}` })

const secrets = ['f3c1aa08d7e64b0e9b0d5a7c2e1f4d6b8a9c0e1d']

for (const [store, prepare] of Object.entries(stores)) {
  const skip = store === 'memory' ? false : missing('redis-server')
  t.test(
    `with sessions in ${store}, what an administrator ends is over at the next request (S-15)`,
    { skip },
    async t => {
      const session = { secrets, store: await prepare(t) }
      const { admin, signIn, gate, issuer } = await world(t, { settings: { session } })
      const [ann, again, bob] = [await signIn('ann'), await signIn('ann'), await signIn('bob')]
      const kept = ann.browser.cookies('/') ?? ''
      t.equal((await admin(`/sessions/${again.id}`, { method: 'DELETE' })).status, 200)
      t.equal((await again.browser.fetch('/')).status, 401)
      t.equal((await ann.browser.fetch('/')).status, 200, 'one is one')

      t.equal((await admin('/not-before', post({ issuer, subject: ann.subject }))).status, 200)
      const refused = await ann.browser.fetch('/')
      t.equal(refused.status, 401)
      t.match(JSON.parse(refused.body), { reason: 'session-revoked' })
      t.equal((await openBrowser(gate.origin).fetch('/', { headers: { cookie: kept } })).status, 401)
      t.equal((await bob.browser.fetch('/')).status, 200)
      await ann.browser.signInAs('ann')
      t.equal((await ann.browser.fetch('/')).status, 200, 'a new sign-in is later than that')
    },
  )
}

t.test(
  'where only browsers know their sessions, a list is no empty list but a refusal',
  { skip: missing('redis-server') },
  async t => {
    const session = { secrets, store: await stores.cookie(t) }
    const { admin, signIn } = await world(t, { settings: { session } })
    const { browser, subject } = await signIn('ann')
    t.match(await admin('/sessions'), { status: 409, body: { code: 'not-listed', detail: /issuer.*subject/ } })
    t.match(await admin('/sessions/end', post({ user: 'ann' })), { status: 409 })
    t.equal((await browser.fetch('/')).status, 200, `${subject} goes on`)
  },
)

t.test(
  'a store that cannot be asked is 503, and nobody is told that something ended',
  { skip: missing('redis-server') },
  async t => {
    const redis = await startRedis(t)
    const store = { type: 'redis', url: `redis://127.0.0.1:${redis.port}`, timeout: '200ms' }
    const { admin, signIn, issuer, gate } = await world(t, { settings: { session: { secrets, store } } })
    const { id, subject } = await signIn('ann')
    await redis.kill()
    for (const [path, wish] of [
      ['/sessions', {}],
      [`/sessions/${id}`, { method: 'DELETE' }],
      ['/sessions/end', post({ user: 'ann' })],
      ['/not-before', post({ issuer, subject })],
    ] as const) {
      const { status, headers, body } = await admin(path, wish)
      t.equal(status, 503, path)
      t.match(body, { code: 'store-unavailable' })
      t.match(headers.get('retry-after'), /^\d+$/)
    }
    t.same(acts(gate.lines), [])
  },
)
