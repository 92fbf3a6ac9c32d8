// Our pages under axe in a real Chromium: light and dark, on a phone and on a desk, without a violation.
import { createRequire } from 'node:module'
import t from 'tap'
import { startChromium } from '../support/chromium.ts'
import { usualPages } from '../support/pages.ts'
import { missing } from '../support/services.ts'

const axePath = createRequire(import.meta.url).resolve('axe-core')

t.test('every page can be read by everybody', { skip: missing('chromium') }, async t => {
  const chromium = await startChromium()
  t.teardown(() => chromium.close())
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [device, width, height] of [
      ['phone', 360, 740],
      ['desk', 1280, 800],
    ] as const) {
      const page = await chromium.newPage({ colorScheme, viewport: { width, height } })
      for (const [name, text] of usualPages) {
        await page.setContent(text)
        await page.addScriptTag({ path: axePath })
        t.same(await page.evaluate(violations), [], `${name}, ${colorScheme}, ${device}`)
        t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${name} fits a ${device}`)
      }
      await page.close()
    }
  }
})

const violations = `axe.run().then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`
