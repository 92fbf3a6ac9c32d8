// Our pages under axe in a real Chromium: light and dark, on a phone and on a desk, without a violation.
import t from 'tap'
import { settings, violations } from '../support/axe.ts'
import { startChromium } from '../support/chromium.ts'
import { usualPages } from '../support/pages.ts'
import { missing } from '../support/services.ts'

t.test('every page can be read by everybody', { skip: missing('chromium') }, async t => {
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  for (const { name: setting, ...options } of settings) {
    const page = await chromium.newPage(options)
    for (const [name, text] of usualPages) {
      await page.setContent(text)
      t.same(await violations(page), [], `${name}, ${setting}`)
    }
    await page.close()
  }
})
