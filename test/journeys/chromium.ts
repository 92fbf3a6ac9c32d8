// The whole journey in a real browser: there, in, back to the very page, around, and out.
import { request } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import t from 'tap'
import { startChromium } from '../support/chromium.ts'
import { missing } from '../support/services.ts'
import { type World, worlds } from '../support/worlds.ts'

type Tap = Parameters<(typeof worlds)[0]['open']>[0]
type Story = (t: Tap, world: World, visitor: Visitor) => Promise<void>
/** A browser that has never been anywhere. */
type Visitor = { readonly context: BrowserContext; readonly page: Page; readonly complaints: readonly string[] }

/** For one step, on a machine that has much else to do. */
const PATIENCE_MS = 15_000

const stories: Readonly<Record<string, Story>> = {
  async 'there, in, back to the very page, around, and out'(t, world, { context, page, complaints }) {
    const wanted = `${world.home}/reports?quarter=3&q=a%20b`
    await page.goto(wanted)
    t.not(new URL(page.url()).origin, world.home, 'the provider asks')
    await world.signIn(page, 'ann')
    await page.waitForURL(wanted)
    t.equal(await headingOf(page), 'ann')
    t.equal(await page.locator('#target').textContent(), '/reports?quarter=3&q=a%20b')
    await page.getByRole('row', { name: 'X-Forwarded-Email ann@example.com' }).waitFor()
    await streamsAreAlive(page)
    const cookie = await cookieHeader(context, world.home)
    t.equal(await statusOf(world.home, cookie), 200, 'the cookie is what opens the door')

    await signOut(page, world)
    t.equal(new URL(page.url()).pathname, '/_sallyport/signed-out')
    t.equal(await statusOf(world.home, cookie), 401, 'and now it opens nothing')
    t.equal(await cookieHeader(context, world.home), '', 'the browser has forgotten it as well')
    await page.goto(wanted)
    t.not(new URL(page.url()).origin, world.home, 'whoever comes again is asked again')
    // The event stream ends with the session, in the middle of its body, and the page may still be there to say so.
    t.same(
      complaints.filter(text => !text.endsWith('net::ERR_INCOMPLETE_CHUNKED_ENCODING')),
      [],
    )
  },

  async 'somebody who may not pass reads why, and can become somebody who may'(t, world, { page }) {
    await page.goto(`${world.home}/reports`)
    await world.signIn(page, world.outsider)
    await page.getByRole('heading', { name: 'You may not pass here' }).waitFor()
    t.match(await page.getByRole('main').textContent(), new RegExp(`Signed in as ${world.outsider}`))
    t.equal(await page.locator('footer code').count(), 1, 'there is a request to quote')

    await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await world.confirmSignOut(page)
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await world.signIn(page, 'ann')
    await page.waitForURL(`${world.home}/`)
    t.equal(await headingOf(page), 'ann')
  },

  async 'two tabs that sign in at once arrive each at its own page, and leave together'(t, world, { context, page }) {
    const other = await context.newPage()
    await page.goto(`${world.home}/first?tab=1`)
    await other.goto(`${world.home}/second?tab=2`)
    await world.signIn(page, 'ann')
    await page.waitForURL(`${world.home}/first?tab=1`)
    await world.signIn(other, 'ann')
    await other.waitForURL(`${world.home}/second?tab=2`)
    t.same([await headingOf(page), await headingOf(other)], ['ann', 'ann'])

    await signOut(page, world)
    await other.reload()
    t.not(new URL(other.url()).origin, world.home, 'the other tab is asked who it is')
  },

  async 'an address of the way is no trap: back, and the callback once more'(t, world, { context, page }) {
    const callbacks: string[] = []
    page.on('request', request => {
      if (request.url().includes('/_sallyport/callback?')) callbacks.push(request.url())
    })
    await page.goto(`${world.home}/reports`)
    await world.signIn(page, 'ann')
    await page.waitForURL(`${world.home}/reports`)
    const [callback = ''] = callbacks

    await page.goBack()
    t.not(new URL(page.url()).origin, world.home, 'back is where the provider asked')
    await page.goForward()
    t.equal(await headingOf(page), 'ann', 'back and forth')
    await page.goto(callback)
    t.equal(page.url(), `${world.home}/`, 'the application is what somebody who is signed in wants')
    t.equal(await headingOf(page), 'ann')

    await context.clearCookies()
    await page.goto(callback)
    await page.getByRole('link', { name: /again|sign-in/ }).click()
    await world.signIn(page, 'ann')
    await page.waitForURL(`${world.home}/`)
    t.equal(await headingOf(page), 'ann', 'and from a stranger it is a way to start again')
  },
}

t.test('in Chromium', { skip: missing('chromium') }, async t => {
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  for (const { name, open } of worlds)
    t.test(name, async t => {
      const world = await open(t)
      for (const [title, story] of Object.entries(stories))
        t.test(title, async t => story(t, world, await newVisitor(t, chromium, world)))
    })
})

async function newVisitor(t: Tap, chromium: Browser, { home }: World): Promise<Visitor> {
  const context = await chromium.newContext({ viewport: { width: 1200, height: 800 } })
  context.setDefaultTimeout(PATIENCE_MS)
  t.teardown(() => context.close())
  const complaints: string[] = []
  const complain = (page: Page | null, text: string) => {
    if (page?.url().startsWith(home)) complaints.push(`${page.url()}: ${text}`)
  }
  context.on('console', message => message.type() === 'error' && complain(message.page(), message.text()))
  context.on('weberror', error => complain(error.page(), String(error.error())))
  return { context, page: await context.newPage(), complaints }
}

const headingOf = (page: Page): Promise<string | null> => page.getByRole('heading', { level: 1 }).textContent()

/** The websocket says back what it hears, and the server's clock ticks. */
async function streamsAreAlive(page: Page): Promise<void> {
  for (const words of ['Is anybody there?', 'And again: ☂']) {
    await page.getByLabel('Say something').fill(words)
    await page.locator('output.said', { hasText: words }).waitFor()
  }
  await page.getByText(/^Ticks .*: [2-9]/).waitFor()
}

async function signOut(page: Page, world: World): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await world.confirmSignOut(page)
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
}

async function cookieHeader(context: BrowserContext, url: string): Promise<string> {
  return (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join('; ')
}

/** By hand, with a cookie that the browser may have forgotten. */
function statusOf(home: string, cookie: string): Promise<number> {
  const { host, port } = new URL(home)
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/', agent: false, headers: { host, cookie } }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}
