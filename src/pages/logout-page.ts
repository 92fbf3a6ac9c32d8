// The page that asks before signing out: a link from elsewhere must not end a session by itself.
import type { Html } from './html.ts'
import { actions, layout, linkButton, postButton } from './layout.ts'

export type LogoutPage = {
  /** Where the POST goes. */
  readonly action: string
  readonly requestId: string
}

export function logoutPage({ action, requestId }: LogoutPage): Html {
  return layout({
    title: 'Sign out?',
    door: 'open',
    lead: 'This ends your session for every application behind this gateway.',
    more: actions(postButton(action, 'Sign out'), linkButton('/', 'Stay signed in', 'quiet')),
    requestId,
  })
}
