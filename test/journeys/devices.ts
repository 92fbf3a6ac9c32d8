import type { Page } from 'playwright-core'
import t from 'tap'
import { signInAt, startChromium } from '../support/chromium.ts'
import { startGate } from '../support/gate.ts'
import { missing } from '../support/services.ts'
import { startUpstream } from '../support/upstream.ts'

const onPhone =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36'

t.test('in Chromium, without a script, a phone is signed out from the desk', { skip: missing('chromium') }, async t => {
  const upstream = await startUpstream(t)
  const { gate } = await startGate(t, {
    routes: [{ upstream: `http://127.0.0.1:${upstream.port}`, allow: [{ authenticated: true }] }],
  })
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  const list = `${gate.origin}/_sallyport/sessions`
  const open = async (userAgent?: string) => {
    const context = await chromium.newContext({ javaScriptEnabled: false, ...(userAgent && { userAgent }) })
    const page = await context.newPage()
    await signInAt(page, list, 'ann')
    return page
  }

  const phone = await open(onPhone)
  t.equal(phone.url(), list, 'the sign-in leads back to the list')
  const desk = await open()
  t.same(await desk.getByRole('heading', { level: 2 }).allInnerTexts(), [
    'Chrome on Linux This device',
    'Chrome on Android',
  ])
  await desk.getByRole('button', { name: 'Sign out', description: 'Chrome on Android' }).click()
  t.equal(desk.url(), list)
  t.same(await desk.getByRole('heading', { level: 2 }).allInnerTexts(), ['Chrome on Linux This device'])

  const { status, reason } = await asProgram(phone, gate.origin)
  t.same([status, reason], [401, 'session-revoked'])
  await phone.goto(list)
  t.match(
    await phone.getByRole('heading', { level: 2 }).allInnerTexts(),
    ['Chrome on Android This device'],
    'whoever is still signed in at the provider comes back',
  )

  await desk.goto(list)
  await desk.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await desk.getByRole('button', { name: 'Sign out', exact: true }).click()
  t.not(new URL(desk.url()).origin, gate.origin, 'signing out here leads to the provider')
  for (const page of [phone, desk]) t.equal((await asProgram(page, gate.origin)).status, 401)
})

/** With the cookies of this browser, and without following it to a login. */
async function asProgram(page: Page, origin: string): Promise<{ readonly status: number; readonly reason: string }> {
  const answer = await page.request.get(`${origin}/`, { maxRedirects: 0, headers: { accept: 'application/json' } })
  return { status: answer.status(), reason: (await answer.json()).reason }
}
