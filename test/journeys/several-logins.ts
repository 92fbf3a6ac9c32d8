import t from 'tap'
import type { Browser } from '../support/browser.ts'
import { startGate } from '../support/gate.ts'
import { startUpstream } from '../support/upstream.ts'

type Tap = Parameters<typeof startGate>[0]

const world = async (t: Tap, now?: () => number) => {
  const upstream = await startUpstream(t)
  const running = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
    ...(now && { now }),
  })
  return { ...running, upstream }
}

/** Goes as far as the provider's authorization endpoint. */
const toProvider = async (browser: Browser, url: string) => {
  const first = await browser.get(url)
  const login = await browser.get(first.location ?? '')
  return login.location ?? ''
}

/** Signs in at the provider and stops at the address to which it sends the browser back. */
const backFrom = async (browser: Browser, authorization: string): Promise<string> => {
  let next = authorization
  for (let step = 0; step < 12; step++) {
    const page = await browser.get(next)
    if (page.location?.includes('/_sallyport/callback')) return page.location
    if (page.location) {
      next = new URL(page.location, page.url).href
      continue
    }
    const form = /<form[^>]*action="([^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const hidden = Array.from(
      page.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g),
      ([, name, value]) => `${name}=${value}`,
    )
    const posted = await browser.post(new URL(form, page.url).href, ['login=ann', 'password=x', ...hidden].join('&'))
    next = new URL(posted.location ?? '', posted.url).href
    if (next.includes('/_sallyport/callback')) return next
  }
  throw new Error('the provider never sent the browser back')
}

t.test('two tabs that log in at once both arrive where they wanted to go (lessons 1, 7)', async t => {
  const { gate, browser } = await world(t)
  const [tabA, tabB] = [await toProvider(browser, '/a?1'), await toProvider(browser, '/b?2')]
  const [stateA, stateB] = [tabA, tabB].map(url => new URL(url).searchParams)
  for (const name of ['state', 'nonce', 'code_challenge'])
    t.not(stateA?.get(name), stateB?.get(name), `each has its own ${name}`)

  const homeB = await browser.get(await backFrom(browser, tabB))
  t.equal(homeB.location, '/b?2')
  const homeA = await browser.get(await backFrom(browser, tabA))
  t.equal(homeA.location, '/a?1')
  t.equal((await browser.get(`${gate.origin}/a?1`)).status, 200)
})

t.test('background requests during a login change nothing about it (lesson 2, C-21)', async t => {
  const { browser } = await world(t)
  const authorization = await toProvider(browser, '/page')
  for (let i = 0; i < 20; i++) t.same((await browser.fetch('/poll')).setCookies, [])
  t.equal((await browser.get(await backFrom(browser, authorization))).location, '/page')
})

t.test(
  'two hundred abandoned logins leave a bounded header behind, and the next login works (lesson 4, C-21)',
  async t => {
    const { browser } = await world(t)
    for (let i = 0; i < 200; i++) await toProvider(browser, `/page/${i}`)
    t.ok((browser.cookies('/') ?? '').length < 8192)
    t.ok((browser.jar.get('localhost')?.size ?? 99) <= 5)
    t.equal((await browser.signInAs('ann', '/at-last')).status, 200)
  },
)

t.test(
  'a callback works once; Back on it goes to the application, a stranger gets a way to start again (lessons 10, 11, C-11, C-02, C-03)',
  async t => {
    const { gate, browser, newBrowser, provider } = await world(t)
    const callback = await backFrom(browser, await toProvider(browser, '/page'))
    const jarBefore = browser.cookies('/') ?? ''
    t.equal((await browser.get(callback)).location, '/page')
    const back = await browser.get(callback)
    t.equal(back.status, 303)
    t.equal(back.location, '/')

    const calls = (await provider.counts())['/token']
    const thief = await newBrowser().get(callback, { headers: { cookie: jarBefore } })
    t.equal(thief.status, 400)
    t.match(thief.body, '/_sallyport/login')
    const stranger = await newBrowser().get(callback)
    t.equal(stranger.status, 400)
    t.same((await provider.counts())['/token'], calls, 'and the provider was not asked again')
    t.equal(gate.lines.filter(line => line.msg === 'login refused').length, 2)
  },
)

t.test('forged callbacks are refused before any outbound call (lessons 15, 16, C-01, C-10)', async t => {
  const { browser, newBrowser, provider } = await world(t)
  const state = new URL(await toProvider(browser, '/')).searchParams.get('state')
  const before = (await provider.counts())['/token']
  for (const query of [
    'code=x&state=y',
    'code=x',
    `state=${state}`,
    '',
    `code=x&code=y&state=${state}`,
    `code=x&state=${state}&state=${state}`,
    `code=x&state=${state}x`,
    `code=x&state=${state?.slice(0, -1)}`,
    `code=x&error=y&state=${state}`,
    `code=x&state=${state}&iss=http://evil.test`,
  ]) {
    const page = await browser.get(`/_sallyport/callback?${query}`)
    t.equal(page.status, 400, query.replaceAll(String(state), '…'))
    t.notMatch(page.body, 'evil.test')
    t.equal((await newBrowser().get(`/_sallyport/callback?${query}`)).status, 400)
  }
  t.same((await provider.counts())['/token'], before)
})

t.test('a login that takes too long ends on a page with a way to start again (lesson 14, C-11)', async t => {
  let now = Date.now()
  const { browser } = await world(t, () => now)
  const callback = await backFrom(browser, await toProvider(browser, '/page'))
  now += 11 * 60_000
  const page = await browser.get(callback)
  t.equal(page.status, 400)
  t.match(page.body, 'Start a new sign-in')
  t.notOk(page.body.includes(new URL(callback).searchParams.get('code') ?? '?'))
})

t.test('a login gives a new session, and the one before it is over (S-02)', async t => {
  const { browser, newBrowser } = await world(t)
  await browser.signInAs('ann', '/')
  const first = browser.cookies('/') ?? ''
  const callback = await backFrom(browser, (await browser.get('/_sallyport/login')).location ?? '')
  t.equal((await browser.get(callback)).status, 303)
  t.not(browser.cookies('/'), first)
  t.equal((await newBrowser().fetch('/', { headers: { cookie: first } })).status, 401)
})

t.test('an address too long to carry through a login comes back cut to its path (lesson 18)', async t => {
  const { gate, browser } = await world(t)
  const page = await browser.signInAs('ann', `/search?q=${'x'.repeat(5000)}`)
  t.equal(page.status, 200)
  t.equal(page.url, `${gate.origin}/search`)
})
