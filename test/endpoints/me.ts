import t from 'tap'
import { openBrowser } from '../support/browser.ts'
import { startGateAt } from '../support/gate.ts'
import { startRogueProvider } from '../support/rogue-provider.ts'
import { startUpstream } from '../support/upstream.ts'

const minute = 60_000
let now = Date.now()
const upstream = await startUpstream(t)
const rogue = await startRogueProvider(t)
const { gate, newBrowser } = await startGateAt(t, {
  provider: rogue,
  settings: { session: { idle: '10m', absolute: '1h' } },
  routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ groups: ['nobody at all'] }] }],
  now: () => now,
})

t.test('who is signed in reads who that is and until when, even where no route is open to them', async t => {
  const browser = newBrowser()
  await browser.visit('/_sallyport/login')
  const answer = await browser.fetch('/_sallyport/me')
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], 'application/json')
  const { session, ...person } = JSON.parse(answer.body)
  t.same(person, {
    user: 'ann',
    email: 'ann@example.com',
    name: 'Ann Archer',
    groups: ['sre', 'staff'],
    subject: 'subject-of-ann',
    issuer: rogue.issuer,
    provider: 'corp',
  })
  t.equal(session.expiresAt, new Date(now + 10 * minute).toISOString())
  t.equal(session.endsAt, new Date(now + 60 * minute).toISOString())
  t.notMatch(answer.body, /eyJ/, 'no token')
  t.equal(gate.access('/_sallyport/me')?.session, session.id)
})

t.test('asking is using: it moves the idle end, up to the absolute one', async t => {
  const browser = newBrowser()
  await browser.visit('/_sallyport/login')
  const began = now
  for (let minutes = 9; minutes <= 54; minutes += 9) {
    now = began + minutes * minute
    const { session } = JSON.parse((await browser.fetch('/_sallyport/me')).body)
    t.equal(session.expiresAt, new Date(Math.min(now + 10 * minute, began + 60 * minute)).toISOString())
  }
  now = began + 60 * minute
  t.equal((await browser.fetch('/_sallyport/me')).status, 401)
})

t.test('asking with slide=false only asks: the session ends when it would have ended', async t => {
  now = Date.now()
  const browser = newBrowser()
  await browser.visit('/_sallyport/login')
  const began = now
  for (const minutes of [3, 6, 9]) {
    now = began + minutes * minute
    const { session } = JSON.parse((await browser.fetch('/_sallyport/me?slide=false')).body)
    t.equal(session.expiresAt, new Date(began + 10 * minute).toISOString())
  }
  now = began + 10 * minute
  const over = await browser.fetch('/_sallyport/me?slide=false')
  t.equal(over.status, 401)
  t.match(JSON.parse(over.body), { reason: 'session-idle', detail: /not used for a while/ })
})

t.test('who signed in reads from where and with what, as the list of sessions shows it', async t => {
  now = Date.now()
  const browser = openBrowser(gate.origin, 'curl/8.14.1')
  await browser.visit('/_sallyport/login')
  const { session } = JSON.parse((await browser.fetch('/_sallyport/me')).body)
  t.match(session, { id: /^[\w-]{22}$/, browser: 'curl/8.14.1', address: '127.0.0.1' })
  t.equal(session.startedAt, new Date(now).toISOString())
})

t.test('a stranger reads where to sign in, and no cookie is touched', async t => {
  const browser = newBrowser()
  for (const headers of [{}, { cookie: 'sallyport=forged' }]) {
    const answer = await browser.fetch('/_sallyport/me', { headers })
    t.equal(answer.status, 401)
    t.match(JSON.parse(answer.body), { code: 'unauthenticated', loginUrl: `${gate.origin}/_sallyport/login` })
    t.same(answer.setCookies, [])
  }
})
