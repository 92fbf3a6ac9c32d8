// `sallyport demo`, the first thing that anybody sees: one line, a login, a way out, and an end without a fuss.
import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'undici'
import { type Browser, openBrowser } from '../support/browser.ts'
import { FAVOURITE_PORT, startDemo } from '../support/demo.ts'

t.test('says one line, with the address to open and whom to be, and nothing more while all is well', async t => {
  const demo = await startDemo(t)
  t.not(demo.home, `http://localhost:${FAVOURITE_PORT}`, 'somebody else has the favourite port')
  t.match(demo.said(), /^Sallyport demo: open http:\/\/localhost:\d+\/ and sign in as ann or bob .* eve .*\n$/)

  const ann = openBrowser(demo.home)
  t.equal((await ann.signInAs('ann', '/vault')).status, 200)
  t.equal((await openBrowser(demo.home).signInAs('eve', '/')).status, 403)
  t.equal((await ann.get('/a%2Fb')).status, 400)
  t.equal((await ann.get('/_sallyport/nothing')).status, 404)
  t.same(await demo.stop('SIGTERM'), [0, null])
  t.equal(demo.said().split('\n').length, 2, demo.said())
  t.equal(demo.complained(), '')
})

t.test('a login without a script: there, back to the very page, and out again', async t => {
  const demo = await startDemo(t)
  const browser = openBrowser(demo.home)
  const page = await browser.signInAs('ann', '/reports?quarter=3&q=a%20b')
  t.match(page, { status: 200, url: `${demo.home}/reports?quarter=3&q=a%20b` })
  t.match(page.body, '<h1 id="who">ann</h1>')
  t.match(page.body, '<code id="target">/reports?quarter=3&amp;q=a%20b</code>')
  t.match(page.body, /X-Forwarded-Email<\/th><td>ann@example\.com</)
  t.notMatch(page.body, /sallyport[-\w]*=/, 'our cookie stayed with us')
  t.match((await browser.fetch('/vault')).body, 'Welcome to the vault, Ann Archer')

  const stolen = browser.cookies('/') ?? ''
  const out = await browser.visit((await browser.post('/_sallyport/logout', '')).location ?? '')
  const signedOut = await browser.submit(out)
  t.equal(new URL(signedOut.url).pathname, '/_sallyport/signed-out')
  t.equal((await openBrowser(demo.home).fetch('/', { headers: { cookie: stolen } })).status, 401)
})

t.test('who may go where: ann everywhere, bob not into the vault, eve to the public part only', async t => {
  const demo = await startDemo(t)
  const seen = async (browser: Browser) =>
    (await Promise.all(['/', '/vault', '/hello'].map(path => browser.get(path)))).map(({ status }) => status)
  const answers: Record<string, readonly number[]> = { nobody: await seen(openBrowser(demo.home)) }
  for (const name of ['ann', 'bob', 'eve']) {
    const browser = openBrowser(demo.home)
    await browser.signInAs(name)
    answers[name] = await seen(browser)
  }
  t.same(answers, {
    nobody: [302, 302, 200],
    ann: [200, 200, 200],
    bob: [200, 403, 200],
    eve: [403, 403, 200],
  })
})

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  t.test(`${signal} ends it with 0, although a page with its streams is open`, async t => {
    const demo = await startDemo(t)
    const browser = openBrowser(demo.home)
    await browser.signInAs('ann')
    const headers = { cookie: browser.cookies('/') ?? '', origin: demo.home }

    const ticks = (await fetch(`${demo.home}/events`, { headers })).body?.getReader()
    t.match(Buffer.from((await ticks?.read())?.value ?? '').toString(), /^data: \d{4}-/)
    const socket = new WebSocket(`${demo.home.replace('http', 'ws')}/echo`, { headers })
    const echoed = once(socket, 'message')
    await once(socket, 'open')
    socket.send('hello')
    t.match(await echoed, [{ data: 'hello' }])

    const closed = once(socket, 'close')
    t.same(await demo.stop(signal), [0, null])
    await closed
    await t.rejects(async () => {
      while (!(await ticks?.read())?.done);
    }, 'cut off, and told so')
  })
