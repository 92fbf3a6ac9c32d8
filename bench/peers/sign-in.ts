// A real login by a script: the browser of the tests follows the redirects and fills in the provider's forms.
import { openBrowser } from '../../test/support/browser.ts'
import { USER } from './peer.ts'

export type SignedIn = { cookies(): Promise<string | undefined> }

/** `probe` is a page for people who are known. It is asked for before the cookies are told, so that whatever a gateway renews now and then is new. */
export async function signIn(origin: string, probe: string): Promise<SignedIn> {
  const browser = openBrowser(origin)
  const page = await browser.signInAs(USER, probe)
  if (page.status !== 200) throw new Error(`nobody can sign in at ${origin}: ${page.status} ${page.body.slice(0, 500)}`)
  return {
    async cookies() {
      const { status } = await browser.fetch(probe)
      if (status !== 200) throw new Error(`the login at ${origin} is over: ${status}`)
      return browser.cookies(origin)
    },
  }
}
