// What axe finds on a page that a real Chromium shows.
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axePath = createRequire(import.meta.url).resolve('axe-core')

/** One line per violation; also when the page is wider than the screen. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: axePath })
  return page.evaluate(`axe.run().then(({ violations }) => [
    ...violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)),
    ...(document.documentElement.scrollWidth > innerWidth ? ['wider than the screen'] : []),
  ])`)
}

/** What people hold in their hands, in the light they sit in. */
export const settings = (['light', 'dark'] as const).flatMap(colorScheme => [
  { name: `${colorScheme}, phone`, colorScheme, viewport: { width: 360, height: 740 } },
  { name: `${colorScheme}, desk`, colorScheme, viewport: { width: 1280, height: 800 } },
])
