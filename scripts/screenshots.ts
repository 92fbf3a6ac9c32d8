// Takes the pictures of docs/images from a running demo: node scripts/screenshots.ts http://localhost:8080
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

const [gateway, folder = 'docs/images'] = process.argv.slice(2)

type Shot = {
  readonly name: string
  readonly colorScheme: 'light' | 'dark'
  readonly width: number
  readonly height: number
  readonly story: Story
}

/** Ends on the page to take the picture of. */
type Story = (page: Page, home: string) => Promise<void>

const desk = { width: 1200, height: 760 }
const phone = { width: 390, height: 780 }

const signIn: Story = async (page, home) => {
  await page.goto(`${home}/reports?quarter=3`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
}

const signInAs =
  (person: string): Story =>
  async (page, home) => {
    await signIn(page, home)
    await page.getByRole('button', { name: person }).click()
    await page.waitForURL(`${home}/**`)
  }

const application: Story = async (page, home) => {
  await signInAs('Ann Archer')(page, home)
  await page.getByText('connected').nth(1).waitFor()
  await page.getByLabel('Say something').fill('Is anybody there?')
  await page.locator('output.said').waitFor()
  await page.getByText(/^Ticks .*: [3-9]/).waitFor()
  await page.getByText('What I was asked').click()
}

const signedOut: Story = async (page, home) => {
  await signInAs('Ann Archer')(page, home)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
}

const shots: readonly Shot[] = [
  { name: 'sign-in', colorScheme: 'light', ...desk, story: signIn },
  { name: 'application', colorScheme: 'light', ...desk, height: 1020, story: application },
  { name: 'forbidden', colorScheme: 'light', ...desk, story: signInAs('Eve Everett') },
  { name: 'forbidden-phone', colorScheme: 'light', ...phone, story: signInAs('Eve Everett') },
  { name: 'signed-out-dark', colorScheme: 'dark', ...desk, story: signedOut },
]

async function take(browser: Browser, { name, colorScheme, width, height, story }: Shot, home: string): Promise<void> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height } })
  const page = await context.newPage()
  await story(page, home)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  await context.close()
  console.log(join(folder, `${name}.png`))
}

async function takeAll(home: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  })
  try {
    for (const shot of shots) await take(browser, shot, home)
  } finally {
    await browser.close()
  }
}

if (gateway === undefined) {
  console.error('Usage: node scripts/screenshots.ts URL-OF-THE-DEMO [FOLDER]')
  process.exitCode = 2
} else await takeAll(new URL(gateway).origin)
