// A real Chromium for tests of what people see and of what only a browser enforces.
import { type Browser, chromium, type Page } from 'playwright-core'
import { service } from './services.ts'

const quiet = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

/** The caller closes it; a test that needs it is skipped where `missing('chromium')`. */
export async function startChromium(): Promise<Browser> {
  const found = service('chromium')
  if ('missing' in found) throw new Error(found.missing)
  return chromium.launch({ executablePath: found.path, args: quiet })
}

/** Goes to an address behind a gateway, and signs in at test/support/provider.ts: who are you, and do you agree. */
export async function signInAt(page: Page, url: string, user: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('User name').fill(user)
  await page.getByLabel('Password').fill('any')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL(({ origin }) => origin === new URL(url).origin)
}
