// The certification suite's logouts in small: people who are signed in, one of them leaves, and what became of both.
import type { Browser, Page } from './browser.ts'
import type { Behaviour, Fault } from './rogue-faults.ts'
import type { Seen } from './rogue-world.ts'
import type { Suite } from './suite.ts'

export type Farewell = {
  /** The page where whoever left ended up. */
  readonly page: Page
  readonly status: number
  readonly path: string
  readonly signedIn: boolean
  /** Another browser of the same person, which only the provider's word can sign out. */
  readonly otherSignedIn: boolean
  /** The pages in frames that the provider has shown on the way. */
  readonly frames: readonly Page[]
  /** How the gateway answered the logout token, and why it was refused. */
  readonly answered: Seen['backchannel']
  readonly logged: { readonly check: unknown } | undefined
}

export const tokenTaken = {
  ...{ status: 200, signedIn: false, otherSignedIn: false },
  ...{ answered: { status: 200, cacheControl: 'no-store' }, logged: undefined },
}

/** Whoever left is signed out in any case; of others such a token says nothing. */
export const tokenRefused = (check: string) => ({
  ...{ status: 200, signedIn: false, otherSignedIn: true },
  ...{ answered: { status: 400, cacheControl: 'no-store' }, logged: { check } },
})

/** Pages of the provider may show it, and no others. */
export const frameShown = ({ provider }: Suite) => ({
  ...{ status: 200, signedIn: false, otherSignedIn: false },
  frames: [
    {
      status: 200,
      headers: { 'cache-control': 'no-store', 'content-security-policy': `frame-ancestors ${provider.issuer}` },
    },
  ],
})

/** From `POST {prefix}/logout` to the provider and back, while the provider does wrong what a module says. */
export const signOutHere = (suite: Suite, ...wrongs: readonly (Fault | Behaviour)[]): Promise<Farewell> =>
  signOut(suite, wrongs, async browser => {
    const { location = '' } = await browser.post('/_sallyport/logout', '')
    return browser.visit(location)
  })

/** At the provider itself. */
export const signOutThere = (suite: Suite): Promise<Farewell> =>
  signOut(suite, [], browser => browser.visit(`${suite.provider.issuer}/logout`))

type Leaving = (browser: Browser) => Promise<Page>

async function signOut(suite: Suite, wrongs: readonly (Fault | Behaviour)[], leave: Leaving): Promise<Farewell> {
  const [{ browser }, { browser: other }] = [await suite.login(), await suite.login()]
  suite.provider.misbehave(...wrongs)
  const [page, ...frames] = await loadFrames(await leave(browser), browser)
  const isSignedIn = async (who: Browser) => (await suite.load(who)).signedIn
  return {
    page,
    status: page.status,
    path: new URL(page.url).pathname,
    signedIn: await isSignedIn(browser),
    otherSignedIn: await isSignedIn(other),
    frames,
    answered: suite.provider.seen.backchannel,
    logged: suite.gate.lines.findLast(({ msg }) => msg === 'logout token refused') as Farewell['logged'],
  }
}

/** In a frame on a page of another site no cookie of ours comes along. Then the page goes on, if it has somewhere to go. */
async function loadFrames(page: Page, browser: Browser): Promise<readonly [Page, ...Page[]]> {
  const [src, href] = [/<iframe src="([^"]+)"/, /<a href="([^"]+)"/].map(place => place.exec(page.body)?.[1])
  if (new URL(page.url).pathname !== '/logout' || src === undefined) return [page]
  const headers = { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' }
  const frame = await browser.get(src.replaceAll('&amp;', '&'), { headers, fromElsewhere: true })
  return [href === undefined ? page : await browser.visit(href.replaceAll('&amp;', '&')), frame]
}
