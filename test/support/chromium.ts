// A real Chromium for tests of what people see and of what only a browser enforces.
import { type Browser, chromium } from 'playwright-core'
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
