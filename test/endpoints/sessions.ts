// Where people see where they are signed in, and sign out there: their own sessions, and nobody else's.
import t from 'tap'
import { type Browser, openBrowser } from '../support/browser.ts'
import { type GateOptions, startGate } from '../support/gate.ts'
import { startRedis } from '../support/redis.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGate>[0]

const onPhone =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36'
const onDesk = 'Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0'
const page = '/_sallyport/sessions'

async function world(t: Tap, options: GateOptions = {}) {
  const upstream = await startUpstream(t)
  const running = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
    ...options,
  })
  const signIn = async (user: string, userAgent = onDesk) => {
    const browser = openBrowser(running.gate.origin, userAgent)
    await browser.signInAs(user)
    const { session } = JSON.parse((await browser.fetch('/_sallyport/me')).body)
    return { browser, id: session.id as string }
  }
  return { ...running, signIn }
}

const isIn = async (browser: Browser): Promise<boolean> => (await browser.fetch('/')).status === 200

const end = (browser: Browser, which: string, headers: Record<string, string> = {}) =>
  browser.post(`${page}/end?which=${which}`, '', { headers })

t.test('the page names every device of its owner, in words, this one first, and no device of anybody else', async t => {
  const { signIn } = await world(t)
  const desk = await signIn('ann', onDesk)
  await signIn('ann', onPhone)
  await signIn('bob', 'Bobs-Browser/1')
  const { status, body, headers } = await desk.browser.get(page)
  t.equal(status, 200)
  t.match(headers['content-security-policy'], "default-src 'none'")
  t.equal(headers['cache-control'], 'no-store')
  t.match(body, /Firefox on Linux.*This device.*Chrome on Android/s)
  t.match(body, 'just now')
  t.match(body, '127.0.0.1')
  t.notMatch(body, 'Bobs-Browser')
  t.notMatch(body, /<script/)
})

t.test('a browser that calls itself markup is shown, and is no markup', async t => {
  const { signIn } = await world(t)
  const { browser } = await signIn('ann', '<img src=x onerror=alert(1)>"\'')
  const { body } = await browser.get(page)
  t.match(body, '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;')
  t.notMatch(body, '<img')
})

t.test('a program reads the same list, with the id that me tells', async t => {
  const { signIn } = await world(t)
  const desk = await signIn('ann', onDesk)
  const phone = await signIn('ann', onPhone)
  const { status, headers, body } = await desk.browser.fetch(page)
  t.equal(status, 200)
  t.match(headers['content-type'], 'application/json')
  t.match(JSON.parse(body), {
    complete: true,
    sessions: [
      { id: desk.id, current: true, browser: 'Firefox on Linux', userAgent: onDesk, provider: 'corp' },
      { id: phone.id, current: false, browser: 'Chrome on Android', address: '127.0.0.1', startedAt: String },
    ],
  })
  t.notMatch(body, /eyJ|token/i)
})

t.test('a click on the row signs that device out, and leads back to the list', async t => {
  const { signIn } = await world(t)
  const desk = await signIn('ann', onDesk)
  const phone = await signIn('ann', onPhone)
  const list = await desk.browser.get(page)
  const after = await desk.browser.submit(list, {}, phone.id)
  t.equal(new URL(after.url).pathname, page)
  t.notMatch(after.body, 'Chrome on Android')
  const refused = await phone.browser.fetch('/')
  t.equal(refused.status, 401)
  t.match(JSON.parse(refused.body), { reason: 'session-revoked', detail: /another device/ })
  t.ok(await isIn(desk.browser))
})

t.test('everywhere else is everywhere but here, and nobody but its owner', async t => {
  const { signIn } = await world(t)
  const desk = await signIn('ann', onDesk)
  const others = [await signIn('ann', onPhone), await signIn('ann', 'curl/8')]
  const bob = await signIn('bob')
  const after = await desk.browser.submit(await desk.browser.get(page), {}, 'which=others')
  t.match(after.body, 'Firefox on Linux')
  t.notMatch(after.body, /curl|Android|everywhere else/)
  for (const { browser } of others) t.notOk(await isIn(browser))
  t.ok(await isIn(desk.browser))
  t.ok(await isIn(bob.browser))
})

t.test("somebody else's id ends nothing, and tells nothing", async t => {
  const { signIn } = await world(t)
  const ann = await signIn('ann')
  const bob = await signIn('bob')
  const asProgram = { accept: 'application/json', 'sec-fetch-mode': 'cors' }
  const foreign = await end(bob.browser, ann.id, asProgram)
  const unknown = await end(bob.browser, 'nobody', asProgram)
  t.same([foreign.status, foreign.body], [unknown.status, unknown.body])
  t.match(JSON.parse(foreign.body), { ended: [] })
  t.ok(await isIn(ann.browser))
  t.equal((await bob.browser.post(`${page}/end`, '')).status, 400)
  t.equal((await bob.browser.post(`${page}/end?which=${bob.id}&which=others`, '')).status, 400)
  t.ok(await isIn(bob.browser))
})

t.test('another site ends nothing (lesson 86), and no GET does', async t => {
  const { signIn } = await world(t)
  const desk = await signIn('ann', onDesk)
  const phone = await signIn('ann', onPhone)
  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin: 'http://evil.test' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'null' },
    { origin: 'http://evil.test' },
  ])
    t.equal((await end(desk.browser, 'others', headers as Record<string, string>)).status, 403, JSON.stringify(headers))
  t.equal((await desk.browser.get(`${page}/end?which=others`)).status, 404)
  t.ok(await isIn(phone.browser))
})

t.test('signing out here by the list is signing out', async t => {
  const { signIn } = await world(t)
  const here = await signIn('ann')
  const gone = await end(here.browser, here.id)
  t.equal(gone.location, '/_sallyport/signed-out')
  t.equal(here.browser.cookies('/'), undefined)
  const [one, two] = [await signIn('ann'), await signIn('ann')]
  t.equal((await end(one.browser, 'all')).location, '/_sallyport/signed-out')
  for (const { browser } of [one, two]) t.notOk(await isIn(browser))
})

t.test('a stranger who goes there signs in and comes back; a program is told where', async t => {
  const { gate, newBrowser } = await world(t)
  const browser = newBrowser()
  const first = await browser.get(page)
  t.equal(first.location, '/_sallyport/login?then=sessions')
  const back = await browser.signInAs('ann', page)
  t.equal(back.url, gate.origin + page)
  t.match(back.body, 'Where you are signed in')

  const program = await newBrowser().fetch(page)
  t.equal(program.status, 401)
  t.same(program.setCookies, [])
  const loginUrl = `${gate.origin}/_sallyport/login?then=sessions`
  t.match(JSON.parse(program.body), { code: 'unauthenticated', reason: 'no-session', loginUrl })
  t.equal((await end(newBrowser(), 'all')).location, '/_sallyport/login?then=sessions')
})

t.test('a page of ours that is not one of them is no way to send a login somewhere', async t => {
  const { gate, newBrowser } = await world(t)
  for (const then of ['logout', 'sessions/end', '//evil.test', 'Sessions', 'sessions&then=sessions']) {
    const browser = newBrowser()
    const page = await browser.signInAs('ann', `/_sallyport/login?then=${then}`)
    t.equal(page.url, `${gate.origin}/`, then)
  }
})

t.test('where only browsers know their sessions, the page says so and can still end all of them', async t => {
  const session = { store: { type: 'cookie' }, secrets: ['f3c1aa08d7e64b0e9b0d5a7c2e1f4d6b8a9c0e1d'] }
  const { signIn } = await world(t, { settings: { session } })
  const desk = await signIn('ann', onDesk)
  const phone = await signIn('ann', onPhone)
  const list = await desk.browser.get(page)
  t.match(list.body, 'only this one can be shown')
  t.notMatch(list.body, 'Android')
  t.match(JSON.parse((await desk.browser.fetch(page)).body), { complete: false })
  const out = await desk.browser.submit(list, {}, 'which=all')
  t.match(out.body, 'You are signed out')
  t.notOk(await isIn(phone.browser))
  await desk.browser.signInAs('ann')
  t.ok(await isIn(desk.browser), 'and one can sign in again')
})

t.test('with sessions in Redis the list and its buttons do the same', { skip: missing('redis-server') }, async t => {
  const store = { type: 'redis', url: `redis://127.0.0.1:${(await startRedis(t)).port}` }
  const session = { store, secrets: ['f3c1aa08d7e64b0e9b0d5a7c2e1f4d6b8a9c0e1d'] }
  const { signIn } = await world(t, { settings: { session } })
  const desk = await signIn('ann', onDesk)
  const phone = await signIn('ann', onPhone)
  const bob = await signIn('bob', 'Bobs-Browser/1')
  const list = await desk.browser.get(page)
  t.match(list.body, /Firefox on Linux.*Chrome on Android/s)
  t.notMatch(list.body, 'Bobs-Browser')
  await desk.browser.submit(list, {}, phone.id)
  t.notOk(await isIn(phone.browser))
  t.ok(await isIn(desk.browser))
  t.ok(await isIn(bob.browser))
})
