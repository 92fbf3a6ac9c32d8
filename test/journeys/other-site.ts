// What only a browser enforces: pages of other sites and of other ports try their hand at somebody who is signed in.
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import { startDemoApp } from '../../src/demo/app.ts'
import { signInAt, startChromium } from '../support/chromium.ts'
import { type Gate, startGate } from '../support/gate.ts'
import { missing } from '../support/services.ts'
import { startSite } from '../support/site.ts'

type Tap = Parameters<typeof startGate>[0]

t.test('in Chromium', { skip: missing('chromium') }, async t => {
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  const { origin: site } = await startSite(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<!doctype html><title>Another site</title>')
  })
  const { port } = new URL(site)

  t.test('a page of another site can do nothing in the name of its visitor', t =>
    tryEverything(t, chromium, `http://evil.localhost:${port}`),
  )
  // Cookies do not tell ports apart, and browsers count them as one site: only the origin differs.
  t.test('neither can a page on another port of the same host', t =>
    tryEverything(t, chromium, `http://localhost:${port}`),
  )
  t.test('a strict session cookie survives the way back from the provider', t => signInStrictly(t, chromium))
})

async function tryEverything(t: Tap, chromium: Browser, elsewhere: string): Promise<void> {
  const { gate, page } = await signedIn(t, chromium)
  await page.goto(elsewhere)
  t.equal(await openSocket(page, `${gate.origin.replace('http', 'ws')}/echo`), 'refused')
  t.match(gate.access('/echo'), { status: 403 })
  t.equal(await read(page, `${gate.origin}/_sallyport/me`), 'refused')
  t.equal(await read(page, `${gate.origin}/reports`), 'refused')
  t.equal(await frameOf(page, `${elsewhere}/own`), `${elsewhere}/own`, 'a frame shows what may be shown')
  for (const path of ['/_sallyport/signed-out', '/_sallyport/logout'])
    t.equal(await frameOf(page, gate.origin + path), 'refused', `${path} is in nobody's frame`)

  await submit(page, `${gate.origin}/_sallyport/logout`)
  t.match(gate.access('/_sallyport/logout'), { method: 'POST', status: 403 })
  await page.goto(elsewhere)
  await page.evaluate(`location.href = ${JSON.stringify(`${gate.origin}/_sallyport/logout`)}`)
  await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
  await page.goto(gate.origin)
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'ann', 'ann is still here')
}

async function signedIn(t: Tap, chromium: Browser, settings = {}): Promise<{ gate: Gate; page: Page }> {
  const app = await startDemoApp()
  t.teardown(() => app.close())
  const { gate } = await startGate(t, { settings, routes: [{ upstream: app.url, allow: [{ authenticated: true }] }] })
  const context = await chromium.newContext()
  t.teardown(() => context.close())
  const page = await context.newPage()
  await signInAt(page, `${gate.origin}/reports?quarter=3`, 'ann')
  await page.getByRole('heading', { name: 'ann' }).waitFor()
  return { gate, page }
}

async function signInStrictly(t: Tap, chromium: Browser): Promise<void> {
  const { gate, page } = await signedIn(t, chromium, { session: { cookie: { sameSite: 'strict' } } })
  t.equal(page.url(), `${gate.origin}/reports?quarter=3`)
  const [cookie] = await page.context().cookies(gate.origin)
  t.match(cookie, { sameSite: 'Strict', httpOnly: true })
}

const openSocket = (page: Page, url: string): Promise<unknown> =>
  page.evaluate(`new Promise(resolve => {
    const socket = new WebSocket(${JSON.stringify(url)})
    socket.onopen = () => resolve('open')
    socket.onerror = () => resolve('refused')
  })`)

const read = (page: Page, url: string): Promise<unknown> =>
  page.evaluate(
    `fetch(${JSON.stringify(url)}, { credentials: 'include' }).then(answer => answer.text(), () => 'refused')`,
  )

/** What a frame shows that should show this page. */
async function frameOf(page: Page, url: string): Promise<string> {
  const [frame] = await Promise.all([
    page.waitForEvent('framenavigated', frame => /^(?:http|chrome-error):/.test(frame.url())),
    page.evaluate(`{
      const frame = document.createElement('iframe')
      frame.src = ${JSON.stringify(url)}
      document.body.replaceChildren(frame)
    }`),
  ])
  return frame.url().startsWith('chrome-error:') ? 'refused' : frame.url()
}

async function submit(page: Page, action: string): Promise<void> {
  await Promise.all([
    page.waitForURL(action),
    page.evaluate(`{
      const form = document.createElement('form')
      form.method = 'post'
      form.action = ${JSON.stringify(action)}
      document.body.append(form)
      form.submit()
    }`),
  ])
}
