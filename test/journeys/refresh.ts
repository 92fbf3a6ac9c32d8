// Sessions that last: refreshed through the whole gateway, at node-oidc-provider (which rotates) and at one that lies.
import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { websocketFields } from '../support/attack.ts'
import { type Running, startGate, startGateAt } from '../support/gate.ts'
import type { RealProvider } from '../support/provider.ts'
import { openRaw } from '../support/raw.ts'
import { failing, silent, tokens, userinfo } from '../support/rogue-faults.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { echo, type Script, startUpstream } from '../support/upstream.ts'
import { fieldOf } from '../support/wire.ts'

const second = 1000
const everybody = [{ authenticated: true }]
const cookieStore = {
  session: { secrets: [randomBytes(32).toString('base64')], idle: '5m', store: { type: 'cookie' } },
}

/** A clock of the gateway's own. */
const makeClock = () => {
  let aheadMs = 0
  const to = (ms: number) => {
    aheadMs = ms
  }
  return { now: () => Date.now() + aheadMs, to }
}

/** A gateway before node-oidc-provider, whose access tokens live for a minute. */
const realWorld = async (t: Test, { settings = {}, answer = echo }: { settings?: object; answer?: Script } = {}) => {
  const clock = makeClock()
  const upstream = await startUpstream(t, { answer })
  const running = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody }],
    settings,
    now: clock.now,
    providerOptions: { accessTokenSeconds: 60 },
  })
  await running.browser.signInAs('ann', '/')
  const refreshes = await countTokenCalls(running)
  return { ...running, clock, upstream, refreshes }
}

/** How many token calls there were since now. */
async function countTokenCalls({ provider }: { readonly provider: RealProvider }) {
  const calls = async () => Number((await provider.counts())['/token'] ?? 0)
  const before = await calls()
  return async () => (await calls()) - before
}

const rogueWorld = async (t: Test) => {
  const clock = makeClock()
  const upstream = await startUpstream(t)
  const rogue = await startRogueProvider(t)
  rogue.misbehave(tokens({ expires_in: 60 }))
  const running = await startGateAt(t, {
    provider: rogue,
    routes: [
      { name: 'sre', path: '/sre', upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ groups: ['sre'] }] },
      { name: 'all', path: '/', upstream: `http://127.0.0.1:${upstream.port}`, allow: everybody },
    ],
    settings: { providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, timeout: '500ms' }] },
    now: clock.now,
  })
  await running.browser.visit('/')
  return { ...running, clock, upstream, rogue, refreshes: () => rogue.calls.token - 1 }
}

const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, act))

const metric = async ({ gate }: Pick<Running, 'gate'>, outcome: string): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${gate.adminPort}/metrics`)).text()
  const line = new RegExp(`^sallyport_refreshes_total\\{provider="corp",outcome="${outcome}"\\} (\\d+)$`, 'm')
  return Number(line.exec(text)?.[1] ?? 0)
}

for (const [store, settings] of [
  ['memory', {}],
  ['cookie', cookieStore],
] as const)
  t.test(`fifty requests at expiry are one token call and fifty answers (${store} store, lesson 49)`, async t => {
    const world = await realWorld(t, { settings })
    const { browser, clock, gate, refreshes } = world
    for (const [round, ahead] of [61, 122, 183].entries()) {
      clock.to(ahead * second)
      // Lesson 57: programs ask as well as pages, and get no 401 for it.
      const pages = await Promise.all([...Array(25)].flatMap(() => [browser.get('/page'), browser.fetch('/data')]))
      t.strictSame([...new Set(pages.map(({ status }) => status))], [200])
      t.equal(await refreshes(), round + 1)
    }
    t.equal(await metric(world, 'refreshed'), 3)
    const line = gate.lines.find(({ msg }) => msg === 'session refreshed')
    t.match(line, { level: 'info', provider: 'corp', session: String })
    t.notMatch(JSON.stringify(gate.lines), /eyJ/, 'no token in the log')
  })

t.test('a page that is used all day is refreshed early, and nobody waits for it', async t => {
  const { browser, clock, refreshes, gate } = await realWorld(t)
  clock.to(50 * second)
  t.equal((await browser.get('/')).status, 200)
  const deadline = performance.now() + 5 * second
  while (!gate.lines.some(({ msg }) => msg === 'session refreshed') && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 20))
  clock.to(61 * second)
  t.equal((await browser.get('/')).status, 200)
  t.equal(await refreshes(), 1, 'at the end of the old token the new one was there')
})

for (const [store, settings] of [
  ['memory', {}],
  ['cookie', cookieStore],
] as const)
  t.test(
    `a slow answer does not put the old session in the place of the new one (${store} store, lesson 41)`,
    async t => {
      let release: () => void = () => undefined
      const held = new Promise<void>(resolve => {
        release = resolve
      })
      const slow: Script = async turn => {
        if (turn.request.target === '/slow') await held
        return echo(turn)
      }
      const { browser, clock, upstream, refreshes } = await realWorld(t, { settings, answer: slow })
      // Late enough for its idle clock to be pushed on, too early for a refresh.
      clock.to(40 * second)
      const seen = upstream.requests.length
      const late = browser.get('/slow')
      await upstream.seen(seen + 1)
      clock.to(61 * second)
      t.equal((await browser.get('/')).status, 200)
      release()
      t.equal((await late).status, 200)
      t.equal(await refreshes(), 1)
      clock.to(80 * second)
      t.equal((await browser.fetch('/')).status, 200)
      t.equal(await refreshes(), 1, 'the new tokens are still there')
      clock.to(125 * second)
      t.equal((await browser.fetch('/')).status, 200)
      t.equal(await refreshes(), 2, 'and the rotated one is good')
    },
  )

t.test('a refreshed ticket reaches the browser, whatever goes wrong behind the decision', async t => {
  const answer: Script = turn => {
    if (turn.request.target === '/breaks') turn.socket.destroy()
    else if (turn.request.target !== '/thinks') echo(turn)
  }
  const { browser, clock, gate, upstream, refreshes } = await realWorld(t, { settings: cookieStore, answer })
  const app = `http://127.0.0.1:${upstream.port}`
  const room = { upstream: app, allow: everybody }
  const stripped = { path: '/stripped', rewrite: { stripPrefix: '/stripped' }, allowInPath: ['emptySegment'] }
  const rooms = [
    { name: 'stripped', ...room, ...stripped },
    { name: 'all', ...room },
  ]
  await gate.reload({ routes: rooms })
  const upgrade = Object.fromEntries(websocketFields.map(line => line.split(': ')))
  const refreshed = /^sallyport[^=]*=[^;]{20}/
  let rounds = 0
  const later = () => clock.to(++rounds * 61 * second)
  for (const [path, status, headers] of [
    ['/breaks', 502, {}],
    ['/stripped//x', 400, {}],
    ['/breaks', 502, upgrade],
    ['/stripped//x', 400, upgrade],
  ] as const) {
    later()
    const page = await browser.get(path, { headers })
    t.match(page, { status, setCookies: [refreshed] }, `${path} ${Object.keys(headers)[0] ?? ''}`)
    t.equal(await refreshes(), rounds)
  }

  later()
  const seen = upstream.requests.length
  const thinking = browser.fetch('/thinks')
  await upstream.seen(seen + 1)
  await gate.reload({ routes: [{ name: 'all', ...room, allow: [{ groups: ['nobody'] }] }] })
  t.match(await thinking, { status: 403, setCookies: [refreshed] }, 'when the rules change before the answer')
})

t.test('a refreshed ticket goes out with the head of a stream that has no end (lesson 29)', async t => {
  const answer: Script = turn =>
    turn.request.target === '/events'
      ? turn.socket.write(
          'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
        )
      : echo(turn)
  const { browser, clock, gate } = await realWorld(t, { settings: cookieStore, answer })
  clock.to(61 * second)
  const reader = await openRaw(gate.port)
  t.teardown(() => reader.socket.destroy())
  reader.send(`GET /events HTTP/1.1\r\nHost: localhost:${gate.port}\r\nCookie: ${browser.cookies('/')}\r\n\r\n`)
  const head = await reader.head()
  t.match(fieldOf(head?.headers ?? [], 'set-cookie'), /^sallyport[^=]*=[^;]{20}/)
  t.same(
    head?.informational.filter(({ headers }) => fieldOf(headers, 'set-cookie')),
    [],
    'and not before it',
  )
})

t.test('a client secret is changed by a reload, under people who are signed in (lesson 75)', async t => {
  const { browser, newBrowser, clock, gate, rogue } = await rogueWorld(t)
  const sent = () => Buffer.from(rogue.seen.authorization?.slice('Basic '.length) ?? '', 'base64').toString()
  rogue.behave()
  const clientSecret = 'the second of two'
  rogue.changeSecret(clientSecret)
  await gate.reload({ providers: [{ name: 'corp', issuer: rogue.issuer, ...rogue.client, clientSecret }] })
  clock.to(61 * second)
  t.equal((await browser.fetch('/')).status, 200)
  t.match(sent(), /:the\+second\+of\+two$/, 'the refresh of an old session')
  t.equal((await newBrowser().visit('/')).status, 200)
})

t.test('a cookie that is not whole refreshes nothing (T-01)', async t => {
  const { browser, clock, gate, refreshes } = await realWorld(t, { settings: cookieStore })
  const cookie = browser.cookies(gate.origin) ?? ''
  clock.to(61 * second)
  for (const forged of [cookie.slice(0, -1), cookie.replace(/.$/, last => (last === 'A' ? 'B' : 'A'))])
    t.equal((await browser.fetch('/', { headers: { cookie: forged } })).status, 401)
  t.equal(await refreshes(), 0)
  t.equal((await browser.fetch('/')).status, 200)
  t.equal(await refreshes(), 1)
})

t.test('after a refresh headers, assertion and policy know the new groups (lesson 56, Z-03)', async t => {
  const { browser, clock, upstream, rogue } = await rogueWorld(t)
  const asked = () => upstream.requests.at(-1)?.headers ?? []
  const assertion = () => {
    const [, claims = ''] = fieldOf(asked(), 'x-sallyport-assertion')?.split('.') ?? []
    return JSON.parse(Buffer.from(claims, 'base64url').toString())
  }
  t.equal((await browser.get('/sre')).status, 200)
  t.equal(fieldOf(asked(), 'x-forwarded-groups'), 'sre,staff')

  rogue.misbehave(userinfo({ groups: ['staff'], email: 'ann@new.example' }))
  t.equal((await browser.get('/sre')).status, 200, 'nobody knows yet')
  clock.to(61 * second)
  t.equal((await browser.fetch('/')).status, 200)
  t.equal(fieldOf(asked(), 'x-forwarded-groups'), 'staff')
  t.equal(fieldOf(asked(), 'x-forwarded-email'), 'ann@new.example')
  t.match(assertion(), { groups: ['staff'], email: 'ann@new.example' })
  t.equal((await browser.get('/sre')).status, 403)

  rogue.behave()
  clock.to(125 * second)
  t.equal((await browser.get('/sre')).status, 200, 'and the other way round')
})

t.test('when the provider takes the grant away the session ends, for pages and programs (S-28)', async t => {
  const world = await rogueWorld(t)
  const { browser, clock, gate, rogue, refreshes } = world
  rogue.misbehave(failing('token', 400, { error: 'invalid_grant' }))
  clock.to(61 * second)
  const program = await browser.fetch('/data')
  t.match(program, { status: 401, headers: { 'content-type': /problem\+json/ } })
  t.match(gate.access('/data'), { decision: 'login', reason: 'session-revoked' })
  const pages = await times(10, () => browser.get('/page'))
  for (const { status, location } of pages) t.match({ status, location }, { status: 302, location: /\/login\?/ })
  t.equal(refreshes(), 1)
  t.equal(await metric(world, 'over'), 1)
  t.match(
    gate.lines.find(({ msg }) => /no more/.test(msg)),
    { level: 'info', provider: 'corp', session: String },
  )

  rogue.behave()
  t.equal((await browser.visit('/page')).status, 200, 'and a new login is a new session')
})

t.test('a provider that is away at expiry costs nobody the session, and nobody much time', async t => {
  const world = await rogueWorld(t)
  const { browser, clock, gate, rogue, refreshes } = world
  rogue.misbehave(silent('token'))
  clock.to(61 * second)
  const began = performance.now()
  for (const { status } of await times(20, () => browser.fetch('/'))) t.equal(status, 200)
  for (const { status } of await times(20, () => browser.fetch('/'))) t.equal(status, 200)
  t.ok(performance.now() - began < 3 * second)
  t.equal(refreshes(), 1)
  t.equal(await metric(world, 'unavailable'), 1)
  t.match(
    gate.lines.find(({ msg }) => /could not be refreshed/.test(msg)),
    { level: 'warn', problem: /no answer/, retryInSeconds: 30 },
  )

  rogue.behave()
  clock.to(95 * second)
  t.equal((await browser.fetch('/')).status, 200)
  t.equal(await metric(world, 'refreshed'), 1)
})

t.test('a stop waits for a refresh that was begun, for its token cannot be used twice', async t => {
  const { browser, clock, gate, rogue } = await rogueWorld(t)
  rogue.misbehave(silent('token'))
  clock.to(50 * second)
  t.equal((await browser.fetch('/')).status, 200)
  await gate.stop()
  const texts = gate.lines.map(({ msg }) => msg)
  t.ok(texts.findIndex(text => /could not be refreshed/.test(text)) < texts.indexOf('stopped'))
  t.ok(texts.some(text => /could not be refreshed/.test(text)))
})
