// The certification suite in small: the rogue provider with the suite's keys behind a whole gateway, people who are sent through, and what came of it.
import type { Test } from 'tap'
import type { Browser, Page } from './browser.ts'
import { type Gate, startGateAt } from './gate.ts'
import type { Behaviour, Fault } from './rogue-faults.ts'
import type { RogueAlg } from './rogue-keys.ts'
import { type Rogue, startRogueProvider } from './rogue-provider.ts'
import { startUpstream } from './upstream.ts'

/** The two ways an answer may come in: every module of the Basic profile is one of the Form Post profile too. */
export const responseModes = ['query', 'form_post'] as const

export type Suite = {
  readonly provider: Rogue
  readonly gate: Gate
  /** A login in a browser of its own, from the gateway's `login` or from another address. */
  login(mode?: (typeof responseModes)[number], from?: string): Promise<Outcome>
  /** Asks for the application's data, as a page does in which somebody is signed in already. */
  load(browser: Browser): Promise<Outcome>
}

export type Outcome = {
  /** The page where the browser ended up. */
  readonly page: Page
  readonly status: number
  /** Requests to userinfo: what the suite goes by. */
  readonly userinfo: number
  /** The `Authorization` of the last of them. */
  readonly bearer: string | undefined
  /** Every request to the provider, in order, by endpoint; but for its metadata, which are read in the background. */
  readonly steps: string
  readonly signedIn: boolean
  /** What the log says of a login or refresh that failed. */
  readonly logged: string | undefined
  readonly browser: Browser
}

export const accepted = { status: 200, signedIn: true, userinfo: 1, logged: undefined }
/** The token was no good: a page that says so, and nothing further is asked of the provider. */
export const refused = { status: 502, signedIn: false, userinfo: 0 }

export type SuiteOptions = {
  readonly alg?: RogueAlg
  readonly now?: () => number
  readonly authorizationParams?: Readonly<Record<string, string>>
  /** How the provider tells the gateway of a logout. */
  readonly tells?: 'by token' | 'by frame'
}

/** Started with the faults of one module. TLS ends in front of the gateway, as browsers want it for answers that come as forms. */
export async function startSuite(
  t: Test,
  wrongs: readonly (Fault | Behaviour)[] = [],
  { alg = 'RS256', now, authorizationParams, tells }: SuiteOptions = {},
): Promise<Suite> {
  const jwksPath = `/jwks-${crypto.randomUUID()}`
  const provider = await startRogueProvider(t, { alg, jwksPath })
  provider.misbehave('keys-of-the-suite', ...wrongs)
  const { port } = await startUpstream(t)
  const client = { issuer: provider.issuer, ...provider.client, userinfo: 'always', authorizationParams }
  const { gate, newBrowser } = await startGateAt(t, {
    provider,
    scheme: 'https',
    routes: [{ upstream: `http://127.0.0.1:${port}`, allow: [{ authenticated: true }] }],
    settings: { providers: responseModes.map(mode => ({ name: mode, ...client, responseMode: mode })) },
    ...(now && { now }),
  })
  const own = `${gate.origin}/_sallyport`
  provider.register({
    postLogoutRedirectUri: `${own}/signed-out`,
    // From server to server, past the TLS that ends in front.
    ...(tells === 'by token' && { backchannelLogoutUri: `${own.replace('https', 'http')}/backchannel-logout` }),
    ...(tells === 'by frame' && { frontchannelLogoutUri: `${own}/frontchannel-logout` }),
  })

  async function outcomeOf(browser: Browser, act: () => Promise<Page>): Promise<Outcome> {
    const [steps, lines] = [provider.steps.length, gate.lines.length]
    const page = await act()
    const taken = provider.steps.slice(steps).filter(step => step !== 'discovery')
    return {
      page,
      status: page.status,
      userinfo: taken.filter(step => step === 'userinfo').length,
      bearer: provider.seen.userinfo?.headers.authorization,
      steps: taken.join(' '),
      signedIn: (await browser.fetch('/')).status === 200,
      logged: complaintIn(gate.lines.slice(lines)),
      browser,
    }
  }
  return {
    provider,
    gate,
    login(mode = 'query', from = `/_sallyport/login?provider=${mode}`) {
      const browser = newBrowser()
      return outcomeOf(browser, async () => {
        const page = await browser.visit(from)
        return new URL(page.url).origin === provider.issuer ? browser.submit(page) : page
      })
    },
    load: browser => outcomeOf(browser, () => browser.fetch('/')),
  }
}

const complaintIn = (lines: Gate['lines']): string | undefined =>
  lines.map(({ error, found, problem }) => (error ?? found ?? problem) as string | undefined).findLast(Boolean)
