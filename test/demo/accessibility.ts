// The demo's own pages under axe in a real Chromium, with the websocket and the event stream alive.
import t from 'tap'
import { startDemoApp } from '../../src/demo/app.ts'
import { loginForm, logoutForm, problemPage, signInOver } from '../../src/demo/provider-pages.ts'
import { settings, violations } from '../support/axe.ts'
import { startChromium } from '../support/chromium.ts'
import { missing } from '../support/services.ts'

const providerPages = [
  [
    'sign in',
    loginForm({ action: '/interaction/x', clientName: 'Courtyard', problem: 'There is nobody called “x” here.' }),
  ],
  ['sign out', logoutForm('<form id="op.logoutForm" method="post" action="/x"></form>', false)],
  ['sign-in over', signInOver('http://localhost:8080/')],
  ['problem', problemPage({ error: 'invalid_client' })],
] as const

t.test('in Chromium', { skip: missing('chromium') }, async t => {
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  const app = await startDemoApp()
  t.teardown(() => app.close())

  t.test('the application can be read by everybody, and is alive', async t => {
    for (const { name, ...options } of settings) {
      const page = await chromium.newPage({
        ...options,
        extraHTTPHeaders: { 'X-Forwarded-User': 'ann', 'X-Forwarded-Groups': 'staff,sre', 'X-Long': 'x'.repeat(400) },
      })
      await page.goto(`${app.url}/reports?q=1`)
      await page.getByText('connected', { exact: true }).nth(1).waitFor()
      await page.getByLabel('Say something').fill('hello')
      await page.locator('output', { hasText: /^hello$/ }).waitFor()
      await page.getByText(/^Ticks .*: [1-9]/).waitFor()
      t.same(await violations(page), [], name)
      await page.close()
    }
  })

  t.test("the identity provider's pages can be read by everybody", async t => {
    for (const { name: setting, ...options } of settings) {
      const page = await chromium.newPage(options)
      for (const [name, text] of providerPages) {
        await page.setContent(text)
        t.same(await violations(page), [], `${name}, ${setting}`)
      }
      await page.close()
    }
  })
})
