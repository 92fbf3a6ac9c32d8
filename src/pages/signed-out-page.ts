// The page after a sign-out: what has ended, and the way back in.
import type { Html } from './html.ts'
import { actions, layout, linkButton } from './layout.ts'

export type SignedOutPage = {
  readonly signInUrl: string
  /** Whether the session at the identity provider has ended as well. */
  readonly providerSignedOut: boolean
}

const endedHere =
  'Your session here has ended. You may still be signed in at your identity provider: on a shared computer, sign out there too.'
const endedEverywhere = 'Your session has ended, here and at your identity provider.'

export function signedOutPage({ signInUrl, providerSignedOut }: SignedOutPage): Html {
  return layout({
    title: 'You are signed out',
    door: 'open',
    lead: providerSignedOut ? endedEverywhere : endedHere,
    more: actions(linkButton(signInUrl, 'Sign in again')),
  })
}
