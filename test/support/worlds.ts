// Two worlds in which a browser can go the whole way: node-oidc-provider with its consent page, and `sallyport demo` as it comes.
import type { Page } from 'playwright-core'
import { startDemoApp } from '../../src/demo/app.ts'
import { startDemo } from './demo.ts'
import { startGate } from './gate.ts'

type Test = Parameters<typeof startGate>[0]

/** A gateway before the demo's application, and how people sign in there and out again. */
export type World = {
  readonly home: string
  /** Somebody who can sign in, but whom the application is closed to. */
  readonly outsider: string
  /** From the provider's first page to the gateway's answer. */
  signIn(page: Page, user: string): Promise<void>
  /** What the provider still asks after "Sign out" has been pressed. */
  confirmSignOut(page: Page): Promise<void>
}

async function withConsent(t: Test): Promise<World> {
  const app = await startDemoApp()
  t.teardown(() => app.close())
  const { gate } = await startGate(t, { routes: [{ path: '/', upstream: app.url, allow: [{ groups: ['staff'] }] }] })
  return {
    home: gate.origin,
    outsider: 'cat',
    async signIn(page, user) {
      await page.getByLabel('User name').fill(user)
      await page.getByLabel('Password').fill('any')
      await page.getByRole('button', { name: 'Sign in' }).click()
      // Whoever has agreed in another tab is not asked again.
      const allow = page.getByRole('button', { name: 'Allow' })
      await allow.or(page.getByRole('heading', { level: 1 })).waitFor()
      if (await allow.isVisible()) await allow.click()
    },
    confirmSignOut: page => page.getByRole('button', { name: 'Sign out' }).click(),
  }
}

async function asItComes(t: Test): Promise<World> {
  const { home } = await startDemo(t)
  return {
    home,
    outsider: 'eve',
    signIn: (page, user) => page.getByRole('button', { name: new RegExp(`\\b${user}\\b ·`) }).click(),
    confirmSignOut: async () => {},
  }
}

export const worlds = [
  { name: 'before node-oidc-provider with its consent page', open: withConsent },
  { name: 'in the demo as it comes', open: asItComes },
] as const
